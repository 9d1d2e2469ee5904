"""Balance and download links: the calls other than create and record."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaimedia.sandbox.protocol import results
from kaimedia.sandbox.protocol.auth import base_url, is_authorized, json_body, sandbox_of
from kaimedia.sandbox.protocol.replies import UNAUTHORIZED, Refused, Reply
from kaimedia.sandbox.state import SandboxState
from kaimedia.sandbox.task import SandboxTask, State

_LINK_LIFETIME_S = 1200
_SIGNING_KEY = secrets.token_bytes(32)


def routes() -> list[Route]:
    """The account's routes."""
    return [
        Route("/api/v1/chat/credit", credit, methods=["GET"]),
        Route("/api/v1/common/download-url", download_url, methods=["POST"]),
        Route("/api/v1/gpt4o-image/download-url", gpt4o_download_url, methods=["POST"]),
    ]


async def credit(request: Request) -> Response:
    """The balance, a float."""
    if not is_authorized(request):
        return UNAUTHORIZED.response()
    sandbox = sandbox_of(request)
    sandbox.settle_all()
    return Reply(200, data=float(sandbox.accounts.credits)).response()


async def download_url(request: Request) -> Response:
    """A signed link to one of the sandbox's results, valid for 20 minutes; other links are refused."""
    if not is_authorized(request):
        return UNAUTHORIZED.response()
    sandbox = sandbox_of(request)
    try:
        body = await json_body(request)
        task = _task_of_link(sandbox, body.get("url"))
        if task is None:
            raise Refused(422, "url is wrong")
        return Reply(200, data=sign(str(body["url"]), base_url(request), sandbox.now())).response()
    except Refused as rejection:
        return Reply(rejection.code, rejection.message).response()


async def gpt4o_download_url(request: Request) -> Response:
    """The same for one 4o task, with that family's rejections."""
    if not is_authorized(request):
        return UNAUTHORIZED.response()
    sandbox = sandbox_of(request)
    try:
        body = await json_body(request)
        task = sandbox.accounts.find(str(body.get("taskId") or ""), "gpt4o")
        if task is None:
            raise Refused(422, "record is null")
        snapshot = sandbox.view(task)
        if snapshot.state is not State.SUCCESS:
            raise Refused(422, "record status is not success")
        if snapshot.is_expired:
            raise Refused(422, "record is older than 14 days")
        if _task_of_link(sandbox, body.get("url")) is not task:
            raise Refused(422, "url is wrong")
        return Reply(200, data=sign(str(body["url"]), base_url(request), sandbox.now())).response()
    except Refused as rejection:
        return Reply(rejection.code, rejection.message).response()


def _task_of_link(sandbox: SandboxState, url: object) -> SandboxTask | None:
    found = results.parse_link(url) if isinstance(url, str) else None
    return sandbox.accounts.find(found[0]) if found else None


def sign(url: str, base: str, now: float) -> str:
    """A signed link that contains its expiration time."""
    path = "/" + url.split("://", 1)[-1].partition("/")[2].partition("?")[0]
    expires = str(int(now) + _LINK_LIFETIME_S)
    return f"{base}{path}?{urlencode({'expires': expires, 'signature': _signature(path, expires)})}"


def is_valid_link(path: str, query: str, now: float) -> bool:
    """True for unsigned links, and for signed ones with a valid signature that have not expired."""
    values = parse_qs(query)
    if "signature" not in values:
        return True
    expires = values.get("expires", ["0"])[0]
    is_authentic = hmac.compare_digest(values["signature"][0].encode(), _signature(path, expires).encode())
    return is_authentic and expires.isdecimal() and now <= int(expires)


def _signature(path: str, expires: str) -> str:
    return hmac.new(_SIGNING_KEY, f"{path}|{expires}".encode(), hashlib.sha256).hexdigest()
