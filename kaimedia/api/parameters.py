"""Parameters that several routes share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Header, Path, Query, Request
from pydantic import BeforeValidator, Field, WithJsonSchema
from starlette.concurrency import run_in_threadpool

from kaimedia import runtime
from kaimedia.api.reference_schema import LARGEST_ID, UPLOAD_ID, whole_number
from kaimedia.domain import utc_now
from kaimedia.domain.api_token import ALL_SCOPES, TOKEN_ID_DIGITS, TokenScope
from kaimedia.studio import Studio

LIMIT = 50
CALLER = "kaimedia.caller"
LOCAL = "local"  # the caller without a token

TaskId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["0f8a3c5e9d7b4f6182a3b4c5d6e7f809"])]
MediaId = Annotated[int, Path(ge=1, le=LARGEST_ID, examples=[1])]
UploadId = Annotated[str, Path(pattern=UPLOAD_ID, examples=["5b1e4f2d8a6c3b5e7f9012347d3f0a9c"])]
CollectionId = Annotated[int, Path(ge=1, le=LARGEST_ID, examples=[1])]
MAX_IDS = 1000  # items changed by one request
OneId = Annotated[int, Field(ge=1, le=LARGEST_ID), BeforeValidator(whole_number)]
MediaIds = Annotated[list[OneId], Field(min_length=1, max_length=MAX_IDS)]
# Portable across regex engines: no control characters, and at least one non-blank.
_CONTROL = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
_BLANK = r"\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
ONE_LINE = f"^[^{_CONTROL}]*[^{_CONTROL}{_BLANK}][^{_CONTROL}]*$"
Limit = Annotated[int, Query(ge=1, le=100, description="Items on one page.")]
Cursor = Annotated[
    str | None,
    Query(pattern=r"^[A-Za-z0-9_-]{1,200}$", description="`next_cursor` of the previous page, unchanged."),
]
# Only true and false: pydantic would accept many more spellings of a bool.
Flag = Annotated[Literal["true", "false"] | None, Query(), WithJsonSchema({"type": "boolean"})]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,200}$",
        description="Any text you choose, valid for two days: the same key with the same body returns the same task, "
        "with another body 409. With a key, a request can be repeated without paying twice. Without one, overlapping "
        "requests with the same body result in one task.",
        examples=["7f1c4b1e-order-42"],
    ),
]


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller, when the request arrived, and what it may do.

    `id` is the hash of the API token, or `local` without one.
    """

    id: str
    received_at: datetime
    scopes: frozenset[TokenScope] = ALL_SCOPES

    @property
    def token_id(self) -> str:
        """The id of the API token in the ledger and in limits, "" without one."""
        return "" if self.id == LOCAL else self.id[:TOKEN_ID_DIGITS]


async def caller(request: Request) -> Caller:
    """The caller as set by `ApiAuth`, for rules that apply per caller."""
    found: Caller | None = request.scope.get(CALLER)
    return found or Caller(LOCAL, utc_now())


async def studio() -> Studio:
    """The studio of this process, for routes; changes to another thread only to open it.

    Raises:
        ConfigError, StoreError: it cannot be opened; the response says why.
    """
    opened = runtime.opened_studio()
    return opened if opened is not None else await run_in_threadpool(runtime.studio)


CurrentStudio = Annotated[Studio, Depends(studio)]
CurrentCaller = Annotated[Caller, Depends(caller)]
