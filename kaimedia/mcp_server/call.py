"""What a tool, a resource or a prompt knows about the request it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from mcp.server.context import ServerRequestContext

from kaimedia import runtime
from kaimedia.api.addresses import media_url
from kaimedia.api.parameters import LOCAL, Caller
from kaimedia.domain.api_token import TOKEN_ID_DIGITS
from kaimedia.studio import Studio
from kaimedia.studio.tokens import LOCAL_AGENT

# "https://host:port" of the request, or KAIMEDIA_PUBLIC_URL without its path; "" where links would lead nowhere.
origin: ContextVar[str] = ContextVar("kaimedia_mcp_origin", default="")
# Whether this process ends with its client.
is_over_stdio: ContextVar[bool] = ContextVar("kaimedia_mcp_is_over_stdio", default=False)


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the studio, who calls, and how to report progress (seconds so far, and what is happening)."""

    studio: Studio
    caller: Caller
    report: Callable[[float, str], Awaitable[None]]

    @property
    def agent_id(self) -> str:
        """The caller's id; agents without a token have one, too, so that they can have limits."""
        return LOCAL_AGENT if self.caller.id == LOCAL else self.caller.id

    @property
    def token_id(self) -> str:
        """The same in the ledger and in limits."""
        return self.agent_id[:TOKEN_ID_DIGITS]

    def ends_with_client(self) -> bool:
        """Whether tasks stop when the client does: this process ends with it, and no other runs tasks."""
        if not is_over_stdio.get():
            return False
        own = runtime.context().engine.owner
        return all(worker.name == own for worker in self.studio.operations.running_workers())


Identify = Callable[[ServerRequestContext[Any]], Caller]


def call_of(context: ServerRequestContext[Any], identify: Identify) -> Call:
    """The call of a request.

    Raises:
        ConfigError: the studio cannot be opened, or the token over stdio is not valid.
        StoreError: the studio cannot be opened.
    """
    session = context.session

    async def report(seconds: float, text: str) -> None:
        await session.report_progress(seconds, message=text)

    return Call(runtime.studio(), identify(context), report)


def link_to(name: str | None, *, download: bool = False) -> str | None:
    """The absolute URL of a stored file; None if there is none, or it cannot be known.

    Behind a proxy whose prefix is unknown it is relative to the URL of this server.
    """
    address = media_url(name, download=download) if name else None
    if address is None or not address.startswith("/"):
        return address
    return f"{origin.get()}{address}" if origin.get() else None
