"""What a tool, a resource or a prompt knows about the request it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from mcp.server.context import ServerRequestContext

from kaimedia import runtime
from kaimedia.api.addresses import media_url
from kaimedia.api.parameters import LOCAL, Caller
from kaimedia.studio import Studio
from kaimedia.studio.tokens import LOCAL_AGENT

# "https://host:port" of the request, or KAIMEDIA_PUBLIC_URL without its path; "" where links would lead nowhere.
origin: ContextVar[str] = ContextVar("kaimedia_mcp_origin", default="")


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the studio, who calls, and how to report progress (seconds so far, and what is happening)."""

    studio: Studio
    caller: Caller
    report: Callable[[float, str], Awaitable[None]]


Identify = Callable[[ServerRequestContext[Any]], Caller]


def as_agent(caller: Caller) -> Caller:
    """The caller with an id of its own even without a token, so that it can have limits."""
    return replace(caller, id=LOCAL_AGENT) if caller.id == LOCAL else caller


def call_of(context: ServerRequestContext[Any], identify: Identify) -> Call:
    """The call of a request.

    Raises:
        ConfigError, StoreError: the studio cannot be opened.
        CallerUnknown: the token is not valid, or no longer.
    """
    session = context.session

    async def report(seconds: float, text: str) -> None:
        await session.report_progress(seconds, message=text)

    return Call(runtime.studio(), as_agent(identify(context)), report)


def link_to(name: str | None, *, download: bool = False) -> str | None:
    """The absolute URL of a stored file; None if there is none, or it cannot be known.

    Behind a proxy whose prefix is unknown it is relative to the URL of this server.
    """
    address = media_url(name, download=download) if name else None
    if address is None or not address.startswith("/"):
        return address
    return f"{origin.get()}{address}" if origin.get() else None
