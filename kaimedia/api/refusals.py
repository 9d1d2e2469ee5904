"""What the guard refuses, and how it says so: a page, a problem document, or a closed WebSocket."""

from __future__ import annotations

import html
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from kaimedia.access import HOW_TO_CHOOSE, LOCAL, Access, Host, read_host
from kaimedia.api.calls import Call

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>body{{font:16px/1.6 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem;
background:#0b0b10;color:#f3f3f7}}h1{{font-size:1.4rem;line-height:1.3}}p{{color:#c9c9d6}}</style>
<h1>{title}</h1><p>{words}</p></html>"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call does not come in."""

    status: int
    code: str
    title: str
    words: str


NO_HOST = Refusal(400, "bad_host", "Which host?", "A call must carry exactly one Host header that names a host.")
WRONG_HOST = Refusal(
    421,
    "unknown_host",
    "Not under this name",
    "This studio does not answer under this host name. Its owner can add the name to KAIMEDIA_ALLOWED_HOSTS.",
)
TOO_FAR = Refusal(
    403,
    "other_machine",
    "Only for the machine it runs on",
    f"This studio answers calls from its own machine only. If it is yours and others are to use it: {HOW_TO_CHOOSE}",
)
FOREIGN_PAGE = Refusal(
    403, "foreign_origin", "Called by another page", "Pages of another origin may not use this studio."
)


def judge(access: Access, call: Call) -> Refusal | None:
    """Hold a call against the rules: which name, which machine, which page. None lets it in."""
    host = read_host(call.hosts[0]) if len(call.hosts) == 1 else None
    if host is None:
        return NO_HOST
    if call.is_callback and access.is_public_door(host):
        return None
    if access.mode == LOCAL and not call.is_from_here:
        return TOO_FAR
    if not access.answers_to(host, call.own_address):
        return WRONG_HOST
    if (call.can_change_things or call.is_about_api or call.is_about_gallery) and _is_foreign(call, host):
        return FOREIGN_PAGE
    return None


def _is_foreign(call: Call, host: Host) -> bool:
    if call.is_for_another_page or len(call.origins) > 1:
        return True
    return bool(call.origins) and not _is_ours(call.origins[0], call.scheme, host)


def _is_ours(origin: str, scheme: str, host: Host) -> bool:
    """Whether an Origin is the very host that was called. Behind a TLS proxy we see http where the page has https."""
    parts = urlsplit(origin.strip().lower())
    given = read_host(parts.netloc)
    if given is None or parts.scheme not in ("http", "https") or parts.path or parts.query:
        return False
    if scheme in ("https", "wss") and parts.scheme != "https":
        return False
    default = _DEFAULT_PORTS[parts.scheme]
    return (given.name, given.port or default) == (host.name, host.port or default)


async def answer(refusal: Refusal, call: Call, request_id: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Say no in the form the caller reads; `request_id` names the call in the log."""
    response = _response(refusal, call, request_id)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Request-ID"] = request_id
    if call.kind == "http":
        await response(scope, receive, send)
        return
    await receive()  # the handshake
    if "websocket.http.response" in scope.get("extensions", {}):
        await response(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1008, "reason": refusal.title})


def _response(refusal: Refusal, call: Call, request_id: str) -> Response:
    if call.is_about_api:
        problem = {
            "type": "about:blank",
            "title": refusal.title,
            "status": refusal.status,
            "detail": refusal.words,
            "code": refusal.code,
            "request_id": request_id,
        }
        return JSONResponse(problem, refusal.status, media_type="application/problem+json")
    if call.is_about_gallery:
        words = {"title": refusal.title, "next_step": refusal.words, "code": refusal.code}
        return JSONResponse(words, refusal.status)
    if "text/html" in call.accept:
        page = _PAGE.format(title=html.escape(refusal.title), words=html.escape(refusal.words))
        return HTMLResponse(page, refusal.status)
    return PlainTextResponse(f"{refusal.title}. {refusal.words}\n", refusal.status)
