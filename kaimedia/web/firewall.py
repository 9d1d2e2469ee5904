"""Checks every HTTP and WebSocket request: from which machine, for which host name, from which origin."""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaimedia.errors import KaimediaError
from kaimedia.log import request_id, request_id_for
from kaimedia.security.access import CLOSED, Access
from kaimedia.web import denials, page_policy
from kaimedia.web.request_info import RequestInfo

log = logging.getLogger("kaimedia.guard")

_HEADERS = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"))


class Firewall:
    """ASGI middleware, outermost, so that nothing responds before its check.

    `access` is called for each request; if the settings cannot be read, only this machine is allowed. `address`
    returns the address the server is configured to listen on, None if it is not set; `media_origin` returns where
    pages may load media from besides the app.
    """

    def __init__(
        self,
        app: ASGIApp,
        access: Callable[[], Access],
        address: Callable[[], str | None] = lambda: None,
        media_origin: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._app = app
        self._media_origin = media_origin
        self._access = access
        self._address = address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._start(scope, receive, send)
            return
        info = RequestInfo.of(scope)
        access, problem = self._rules()
        denial = denials.judge(access, info)
        if denial is not None and problem is not None:
            denial = denials.about_settings(denial, problem)
        if info.path == "/healthz" and info.is_about_health:  # Streamlit would answer it with its index page
            await PlainTextResponse("ok")(scope, receive, send)
            return
        if denial is None and info.kind != "http":
            await self._app(scope, receive, send)
            return
        name = request_id_for(Headers(scope=scope).get("x-request-id", ""))
        token = request_id.set(name)
        try:
            if denial is None:
                await self._app(scope, receive, self._with_headers(send, name, access, is_page=not info.is_about_api))
                return
            _log(denial, info)
            await denials.answer(denial, info, name, scope, receive, send)
        finally:
            request_id.reset(token)

    def _rules(self) -> tuple[Access, KaimediaError | None]:
        """The access rules, and the invalid setting because of which only this machine is allowed, if any."""
        try:
            return self._access(), None
        except KaimediaError as error:
            return CLOSED, error

    async def _start(self, scope: Scope, receive: Receive, send: Send) -> None:
        access, problem = self._rules()
        if problem is None and (warning := access.warning_for(self._address())):
            log.warning(warning)
        await self._app(scope, receive, send)

    def _with_headers(self, send: Send, name: str, access: Access, *, is_page: bool) -> Send:
        """Add our default headers; only allowed sites may show our pages in a frame."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = dict(message["headers"])
                ours = (*_HEADERS, (b"x-request-id", name.encode()))
                message["headers"] = [*message["headers"], *(pair for pair in ours if pair[0] not in sent)]
                if sent.get(b"content-type", b"").startswith(b"text/html"):
                    headers = MutableHeaders(scope=message)
                    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
                    if "content-security-policy" not in headers:  # with two policies, both apply
                        if is_page:
                            headers.append("Content-Security-Policy", page_policy.of_pages(self._media_origin()))
                        framing = " ".join(("frame-ancestors 'self'", *access.frame_ancestors))
                        headers.append("Content-Security-Policy", framing)
            await send(message)

        return with_headers


def _log(denial: denials.Denial, info: RequestInfo) -> None:
    """Log a denial; one caused by the proxy's configuration is a warning."""
    peer = info.visitor.peer or "?"
    if denial.code == denials.REWRITTEN_HOST.code:
        log.warning("denied a %s request from %s: %s. %s", info.kind, peer, denial.title, denial.text)
    else:
        log.info("denied a %s request from %s: %d %s", info.kind, peer, denial.status, denial.title)
