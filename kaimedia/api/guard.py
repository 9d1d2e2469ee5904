"""The guard in front of everything, HTTP and WebSocket: which machine, under which name, on behalf of which page."""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaimedia.access import CLOSED, Access
from kaimedia.api import page_policy, refusals
from kaimedia.api.calls import Call
from kaimedia.errors import KaimediaError
from kaimedia.log import name_of_call, request_id

log = logging.getLogger("kaimedia.guard")

_FRAME = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}


class Guard:
    """ASGI middleware; outermost, so that nothing answers before it was asked.

    `access` is asked at each call; while the settings cannot be read only this machine is let in. `address` is
    where the server was told to listen, None when nobody told it.
    """

    def __init__(
        self, app: ASGIApp, access: Callable[[], Access], address: Callable[[], str | None] = lambda: None
    ) -> None:
        self._app = app
        self._access = access
        self._address = address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._start(scope, receive, send)
            return
        call = Call.of(scope)
        access = self._rules()
        refusal = refusals.judge(access, call)
        if call.path == "/healthz" and call.is_about_health:  # Streamlit would answer it with its index page
            await PlainTextResponse("ok")(scope, receive, send)
            return
        if refusal is None and call.kind != "http":
            await self._app(scope, receive, send)
            return
        name = name_of_call(Headers(scope=scope).get("x-request-id", ""))
        token = request_id.set(name)
        try:
            if refusal is None:
                await self._app(
                    scope, receive, _framed(send, name, access.frame_ancestors, is_page=not call.is_about_api)
                )
                return
            _note(refusal, call)
            await refusals.answer(refusal, call, name, scope, receive, send)
        finally:
            request_id.reset(token)

    def _rules(self) -> Access:
        try:
            return self._access()
        except KaimediaError:  # the pages say what is wrong with the settings
            return CLOSED

    async def _start(self, scope: Scope, receive: Receive, send: Send) -> None:
        if warning := self._rules().warning_for(self._address()):
            log.warning(warning)
        await self._app(scope, receive, send)


def _note(refusal: refusals.Refusal, call: Call) -> None:
    """A refusal in the log; one that the owner has to mend at a proxy is a warning."""
    peer = call.visitor.peer or "?"
    if refusal.code == refusals.REWRITTEN_HOST.code:
        log.warning("refused a %s call from %s: %s. %s", call.kind, peer, refusal.title, refusal.words)
    else:
        log.info("refused a %s call from %s: %d %s", call.kind, peer, refusal.status, refusal.title)


def _framed(send: Send, name: str, frame_ancestors: tuple[str, ...], *, is_page: bool) -> Send:
    """Our headers on answers that have none of their own: only chosen sites may show our pages in a frame."""
    framing = " ".join(("frame-ancestors 'self'", *frame_ancestors))

    async def framed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for key, value in _FRAME.items():
                headers.setdefault(key, value)
            headers.setdefault("X-Request-ID", name)
            if headers.get("content-type", "").startswith("text/html"):
                headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
                if "content-security-policy" not in headers:  # two policies: both hold
                    if is_page:
                        headers.append("Content-Security-Policy", page_policy.of_pages())
                    headers.append("Content-Security-Policy", framing)
        await send(message)

    return framed
