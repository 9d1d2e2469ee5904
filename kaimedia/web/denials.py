"""Rejected requests and the response: a page, a problem document, or a closed WebSocket."""

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

from kaimedia.errors import KaimediaError
from kaimedia.security import access_guide
from kaimedia.security.access import Access, Host, Verdict, read_host
from kaimedia.web.request_info import RequestInfo

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_PAGE_FOLDER = Path(__file__).resolve().parent / "denial_page"


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a request is rejected. `has_guide`: the owner can change it with the two access settings."""

    status: int
    code: str
    title: str
    text: str
    has_guide: bool = False


NO_HOST = Denial(400, "bad_host", "Invalid Host header", "A request must have exactly one valid Host header.")
WRONG_HOST = Denial(
    421,
    "unknown_host",
    "This app is not set up for this address yet",
    f"This host name is not allowed. {access_guide.SETTINGS_LINE}",
    has_guide=True,
)
TOO_FAR = Denial(
    403,
    "other_machine",
    "This app is not open to others yet",
    f"Its owner has not opened it to others. {access_guide.SETTINGS_LINE}",
    has_guide=True,
)
FOREIGN_PAGE = Denial(403, "foreign_origin", "Request from another site", "Pages of other origins cannot use this app.")
REWRITTEN_HOST = Denial(
    421,
    "rewritten_host",
    "The proxy in front of this app rewrites the Host header",
    "The browser opened {seen}, but the app received {called}. Make the proxy pass on the Host header "
    "(nginx: proxy_set_header Host $host;) and set KAIMEDIA_ALLOWED_HOSTS to {seen}, then restart the app.",
)
_BY_VERDICT = {
    Verdict.NO_HOST: NO_HOST,
    Verdict.OTHER_MACHINE: TOO_FAR,
    Verdict.UNKNOWN_HOST: WRONG_HOST,
}


def judge(access: Access, info: RequestInfo) -> Denial | None:
    """Check a request's host name, machine and origin. None: it is allowed."""
    host = info.visitor.host
    if info.absolute_host is not None and (info.absolute_host,) != tuple(text.lower() for text in info.visitor.hosts):
        return WRONG_HOST
    rewritten = _rewritten(access, info, host)
    if info.is_about_health and rewritten is None:
        return None
    if host is None:
        return NO_HOST
    if info.is_callback and access.is_callback_host(host):
        return None
    if denial := _BY_VERDICT.get(access.judge(info.visitor)):
        return denial
    if rewritten is not None:
        return rewritten
    if (info.can_change_things or info.is_about_api or info.is_about_gallery) and _is_foreign(info, host):
        return FOREIGN_PAGE
    return None


def about_settings(denial: Denial, problem: KaimediaError) -> Denial:
    """The same denial with `problem`, the invalid setting that causes it, in place of what else the owner could do."""
    if not denial.has_guide:
        return denial
    text = f"{problem.message} {problem.next_step}"
    return replace(denial, code=problem.code, title=access_guide.SETTINGS_ERROR, text=text, has_guide=False)


def _rewritten(access: Access, info: RequestInfo, host: Host | None) -> Denial | None:
    """The denial if the browser says a request comes from our page, but the page's host differs from the Host header.

    This means a proxy rewrites Host. Without this check the page would wait for its WebSocket forever.
    """
    if host is None or info.fetch_site != "same-origin" or access.judge(info.visitor) is not Verdict.ADMITTED:
        return None
    page = info.origins[0] if len(info.origins) == 1 else info.referer
    seen = read_host(urlsplit(page.strip().lower()).netloc)
    if seen is None or seen.name == host.name:
        return None
    text = REWRITTEN_HOST.text.format(seen=seen.name, called=host.name)
    return replace(REWRITTEN_HOST, text=text)


def _is_foreign(info: RequestInfo, host: Host) -> bool:
    if info.is_for_another_page or len(info.origins) > 1:
        return True
    return bool(info.origins) and not _is_ours(info.origins[0], info.scheme, host)


def _is_ours(origin: str, scheme: str, host: Host) -> bool:
    """Whether an Origin is the requested host. Behind a TLS proxy we see http although the page has https."""
    parts = urlsplit(origin.strip().lower())
    found = read_host(parts.netloc)
    if found is None or parts.scheme not in ("http", "https") or parts.path or parts.query:
        return False
    if scheme in ("https", "wss") and parts.scheme != "https":
        return False
    default = _DEFAULT_PORTS[parts.scheme]
    return (found.name, found.port or default) == (host.name, host.port or default)


async def answer(
    denial: Denial, info: RequestInfo, request_id: str, scope: Scope, receive: Receive, send: Send
) -> None:
    """Send the denial in the client's format; `request_id` identifies the request in the log."""
    response = _response(denial, info, request_id)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Request-ID"] = request_id
    if info.kind == "http":
        await response(scope, receive, send)
        return
    await receive()  # the handshake
    if "websocket.http.response" in scope.get("extensions", {}):
        await response(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1008, "reason": denial.title})


def _response(denial: Denial, info: RequestInfo, request_id: str) -> Response:
    if info.is_about_api:
        problem = {
            "type": "about:blank",
            "title": denial.title,
            "status": denial.status,
            "detail": denial.text,
            "code": denial.code,
            "request_id": request_id,
        }
        return JSONResponse(problem, denial.status, media_type="application/problem+json")
    if info.is_about_gallery:
        body = {"title": denial.title, "next_step": denial.text, "code": denial.code}
        return JSONResponse(body, denial.status)
    if "text/html" in info.accept:
        return _page(denial, info)
    return PlainTextResponse(f"{denial.title}. {denial.text}\n", denial.status)


@functools.cache
def _part(name: str) -> str:
    return (_PAGE_FOLDER / name).read_text(encoding="utf-8").strip()


def _hash_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _page(denial: Denial, info: RequestInfo) -> HTMLResponse:
    """A page without external files. Its only script adds the copy buttons; without it the lines can be selected."""
    style, script = _part("page.css"), _part("copy.js")
    policy = (
        f"default-src 'none'; style-src {_hash_of(style)}; script-src {_hash_of(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    guide = _guide(access_guide.shown_host(info.visitor, info.forwarded_hosts)) if denial.has_guide else ""
    page = _part("page.html").format(
        title=html.escape(denial.title), text=html.escape(denial.text), style=style, guide=guide, script=script
    )
    headers = {
        "Content-Security-Policy": f"{policy}; frame-ancestors 'self'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return HTMLResponse(page, denial.status, headers=headers)


def _guide(host: str) -> str:
    steps = "".join(f"<li>{html.escape(step)}</li>" for step in access_guide.STEPS)
    choices = "".join(
        f'<div class="choice"><h3>{html.escape(each.title)}</h3><p>{html.escape(each.meaning)}</p>'
        f'<button type="button" hidden aria-label="Copy the lines: {html.escape(each.title)}">Copy</button>'
        f'<pre tabindex="0">{html.escape(each.secrets_text.rstrip())}</pre></div>'
        for each in access_guide.choices(host)
    )
    return (
        f"<section><h2>Choose one of these</h2>{choices}</section>"
        f"<section><h2>On Streamlit Community Cloud</h2><ol>{steps}</ol>"
        f'<p class="note">{html.escape(access_guide.DOCUMENT)}</p>'
        f'<p class="note">{html.escape(access_guide.WITHOUT_SECRETS_PAGE)}</p></section>'
    )
