"""`/v1/images/generations` and `/v1/images/edits`."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from kaimedia.api.openai.answers import answer
from kaimedia.api.openai.edit_form import body_of, fingerprint_of, read_form, references_of
from kaimedia.api.openai.request import ImageRequest
from kaimedia.api.openai.submission import ENDED, submit, wait_for
from kaimedia.api.openai.whole_response import WholeResponse
from kaimedia.api.parameters import Caller, CurrentStudio, caller
from kaimedia.domain import Reference
from kaimedia.models.spec import ModelSpec
from kaimedia.studio import Studio

router = APIRouter(prefix="/images", tags=["images"])
Sender = Annotated[Caller, Depends(caller)]
WAIT_S, LONGEST_WAIT_S = 300.0, 600.0
_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])")

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,200}$",
        description="Valid for two days: the same key with the same request is paid once. Without one, a request is "
        "paid once until it was answered.",
    ),
]
Prefer = Annotated[
    str | None,
    Header(description=f"`wait=SECONDS`: how long to wait for the images, by default {WAIT_S:.0f}."),
]
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["image", "prompt"],
                    "properties": {
                        "image": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "One or several, also as `image[]`.",
                        },
                        "mask": {
                            "type": "string",
                            "format": "binary",
                            "description": "A PNG of the image's size; what is transparent in it changes.",
                        },
                        "prompt": {"type": "string"},
                        "model": {"type": "string"},
                        "n": {"type": "integer"},
                        "size": {"type": "string"},
                    },
                }
            }
        },
    }
}


class OneImage(BaseModel):
    """An image, in one of two ways."""

    b64_json: str | None = None
    url: str | None = None


class Images(BaseModel):
    """The images, and beyond OpenAI's fields where they are in the studio."""

    model_config = ConfigDict(extra="allow")

    created: int = Field(description="Seconds since 1970.")
    data: list[OneImage]
    output_format: str
    size: str | None = None
    model: str
    task_ids: list[str]
    media_ids: list[int]


@router.post("/generations", response_model=Images)
async def generate(
    request: Request,
    studio: CurrentStudio,
    sender: Sender,
    body: Annotated[ImageRequest, Body()],
    idempotency_key: Key = None,
    prefer: Prefer = None,
) -> Response:
    """Make images and wait for them. A task that takes longer goes on, and the same request waits for it again."""
    body.check_supported()
    spec = await run_in_threadpool(body.spec, studio)
    return await _made(request, studio, sender, body, spec, (), idempotency_key, prefer)


@router.post("/edits", response_model=Images, openapi_extra=_FORM)
async def edit(
    request: Request, studio: CurrentStudio, sender: Sender, idempotency_key: Key = None, prefer: Prefer = None
) -> Response:
    """Change images, or make new ones from them, and wait for the result."""
    form = await read_form(request)
    try:
        body = body_of(form)
        body.check_supported()
        spec = await run_in_threadpool(body.spec, studio)
        references = await references_of(form, studio, spec, sender)
    finally:
        await form.close()
    return await _made(request, studio, sender, body, spec, references, idempotency_key, prefer)


async def _made(
    request: Request,
    studio: Studio,
    sender: Caller,
    body: ImageRequest,
    spec: ModelSpec,
    references: tuple[Reference, ...],
    key: str | None,
    prefer: str | None,
) -> Response:
    generation = body.generation(spec, references)
    canonical = json.dumps(fingerprint_of(references, body), sort_keys=True)
    sha256 = hashlib.sha256(canonical.encode()).hexdigest()

    made = await run_in_threadpool(submit, studio, generation, body.n, sender, key, sha256)
    wait_s = _wait_s(prefer)
    tasks = await wait_for(request, studio, made.task_ids, wait_s)
    response = await run_in_threadpool(answer, request, studio, body, tasks, wait_s)
    if any(task.status not in ENDED for task in tasks):
        return response
    return WholeResponse(response, made.answered)


def _wait_s(prefer: str | None) -> float:
    """How long to wait, by the header of RFC 7240."""
    found = _WAIT.search(prefer or "")
    return min(float(found[1]), LONGEST_WAIT_S) if found else WAIT_S
