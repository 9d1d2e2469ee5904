"""What the guard refuses, and how it says so: a page, a problem document, or a closed WebSocket."""

from __future__ import annotations

import base64
import functools
import hashlib
import html
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from kaimedia import access_guide
from kaimedia.access import Access, Host, Verdict, read_host
from kaimedia.api.calls import Call

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_PAGE_FOLDER = Path(__file__).resolve().parent / "refusal_page"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call does not come in. `has_guide` says that the owner can change it by the two access settings."""

    status: int
    code: str
    title: str
    words: str
    has_guide: bool = False


NO_HOST = Refusal(400, "bad_host", "Which host?", "A call must carry exactly one Host header that names a host.")
WRONG_HOST = Refusal(
    421,
    "unknown_host",
    "This app is not set up for this address yet",
    f"It does not answer under this host name. {access_guide.SETTINGS_LINE}",
    has_guide=True,
)
TOO_FAR = Refusal(
    403,
    "other_machine",
    "This app is not open to others yet",
    f"It answers the machine it runs on and nobody else. {access_guide.SETTINGS_LINE}",
    has_guide=True,
)
FOREIGN_PAGE = Refusal(
    403, "foreign_origin", "Called by another page", "Pages of another origin may not use this studio."
)
REWRITTEN_HOST = Refusal(
    421,
    "rewritten_host",
    "The proxy in front of this app rewrites the Host header",
    "The browser opened {seen}, the app was called as {called}. Let the proxy pass the Host header on "
    "(nginx: proxy_set_header Host $host;) and set KAIMEDIA_ALLOWED_HOSTS to {seen}, then reboot the app.",
)
_BY_VERDICT = {
    Verdict.NO_HOST: NO_HOST,
    Verdict.OTHER_MACHINE: TOO_FAR,
    Verdict.UNKNOWN_HOST: WRONG_HOST,
}


def judge(access: Access, call: Call) -> Refusal | None:
    """Hold a call against the rules: which name, which machine, which page. None lets it in."""
    host = call.visitor.host
    if call.absolute_host is not None and (call.absolute_host,) != tuple(text.lower() for text in call.visitor.hosts):
        return WRONG_HOST
    rewritten = _rewritten(access, call, host)
    if call.is_about_health and rewritten is None:
        return None
    if host is None:
        return NO_HOST
    if call.is_callback and access.is_public_door(host):
        return None
    if refusal := _BY_VERDICT.get(access.judge(call.visitor)):
        return refusal
    if rewritten is not None:
        return rewritten
    if (call.can_change_things or call.is_about_api or call.is_about_gallery) and _is_foreign(call, host):
        return FOREIGN_PAGE
    return None


def _rewritten(access: Access, call: Call, host: Host | None) -> Refusal | None:
    """Set when the browser says that our own page calls, while the page's host is not the host we were called as.

    That is a proxy that puts another name into Host. Without this a page would wait for its WebSocket for ever.
    """
    if host is None or call.fetch_site != "same-origin" or access.judge(call.visitor) is not Verdict.ADMITTED:
        return None
    page = call.origins[0] if len(call.origins) == 1 else call.referer
    seen = read_host(urlsplit(page.strip().lower()).netloc)
    if seen is None or seen.name == host.name:
        return None
    words = REWRITTEN_HOST.words.format(seen=seen.name, called=host.name)
    return replace(REWRITTEN_HOST, words=words)


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
        return _page(refusal, call)
    return PlainTextResponse(f"{refusal.title}. {refusal.words}\n", refusal.status)


@functools.cache
def _part(name: str) -> str:
    return (_PAGE_FOLDER / name).read_text(encoding="utf-8").strip()


def _page(refusal: Refusal, call: Call) -> HTMLResponse:
    """A page that loads nothing and runs nothing."""
    style = _part("page.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    guide = _guide(access_guide.shown_host(call.visitor, call.forwarded_hosts)) if refusal.has_guide else ""
    page = _part("page.html").format(
        title=html.escape(refusal.title), words=html.escape(refusal.words), style=style, guide=guide
    )
    headers = {
        "Content-Security-Policy": f"{policy}; frame-ancestors 'self'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return HTMLResponse(page, refusal.status, headers=headers)


def _guide(host: str) -> str:
    steps = "".join(f"<li>{html.escape(step)}</li>" for step in access_guide.WHERE)
    choices = "".join(
        f'<div class="choice"><h2>{html.escape(each.title)}</h2><p>{html.escape(each.meaning)}</p>'
        f'<pre tabindex="0">{html.escape(each.secrets_text.rstrip())}</pre></div>'
        for each in access_guide.choices(host)
    )
    return (
        f"<section><h2>On Streamlit Community Cloud</h2><ol>{steps}</ol></section>"
        f"<section><h2>What to paste into Secrets: one of the two</h2>{choices}"
        f'<p class="note">{html.escape(access_guide.WITHOUT_SECRETS_PAGE)}</p></section>'
    )
