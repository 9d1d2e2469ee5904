"""Balance, download links, and Veo's 1080p fetch: the calls beside create and record."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaimedia.sandbox import prices, results
from kaimedia.sandbox.auth import base_url, desk_of, is_let_in, json_body
from kaimedia.sandbox.desk import Desk
from kaimedia.sandbox.task import SandboxTask, State
from kaimedia.sandbox.wire import UNAUTHORIZED, Refused, Reply

_LINK_LIVES_S = 1200
_UPSCALE_S = 10.0
_SIGNING_KEY = secrets.token_bytes(32)


def routes() -> list[Route]:
    """The account's routes."""
    return [
        Route("/api/v1/chat/credit", credit, methods=["GET"]),
        Route("/api/v1/common/download-url", download_url, methods=["POST"]),
        Route("/api/v1/gpt4o-image/download-url", gpt4o_download_url, methods=["POST"]),
        Route("/api/v1/veo/get-1080p-video", veo_1080p, methods=["GET"]),
    ]


async def credit(request: Request) -> Response:
    """The balance, a float."""
    if not is_let_in(request):
        return UNAUTHORIZED.response()
    desk = desk_of(request)
    desk.settle_all()
    return Reply(200, data=float(desk.ledger.credits)).response()


async def download_url(request: Request) -> Response:
    """A signed link to a result of ours, good for 20 minutes; the links of others are refused."""
    if not is_let_in(request):
        return UNAUTHORIZED.response()
    desk = desk_of(request)
    try:
        body = await json_body(request)
        task = _task_of_link(desk, body.get("url"))
        if task is None:
            raise Refused(422, "url is wrong")
        return Reply(200, data=sign(str(body["url"]), base_url(request), desk.now())).response()
    except Refused as refusal:
        return Reply(refusal.code, refusal.message).response()


async def gpt4o_download_url(request: Request) -> Response:
    """The same for one 4o task, with its own refusals."""
    if not is_let_in(request):
        return UNAUTHORIZED.response()
    desk = desk_of(request)
    try:
        body = await json_body(request)
        task = desk.ledger.find(str(body.get("taskId") or ""), "gpt4o")
        if task is None:
            raise Refused(422, "record is null")
        moment = desk.view(task)
        if moment.state is not State.SUCCESS:
            raise Refused(422, "record status is not success")
        if moment.is_expired:
            raise Refused(422, "record is older than 14 days")
        if _task_of_link(desk, body.get("url")) is not task:
            raise Refused(422, "url is wrong")
        return Reply(200, data=sign(str(body["url"]), base_url(request), desk.now())).response()
    except Refused as refusal:
        return Reply(refusal.code, refusal.message).response()


async def veo_1080p(request: Request) -> Response:
    """The 1080p version of a finished Veo video: charged at the first ask, ready a little later.

    The sandbox's clip is the same as before; only the link is another.
    """
    if not is_let_in(request):
        return UNAUTHORIZED.response()
    desk = desk_of(request)
    task = desk.ledger.find(request.query_params.get("taskId", ""), "veo")
    if task is None:
        return Reply(422, "Record does not exist").response()
    try:
        return Reply(200, data={"resultUrl": _upscaled(desk, task, base_url(request))}).response()
    except Refused as refusal:
        return Reply(refusal.code, refusal.message).response()


def _upscaled(desk: Desk, task: SandboxTask, base: str) -> str:
    moment = desk.view(task)
    if moment.state is State.FAILED:
        raise Refused(422, "The 1080P version of this video is unavailable")
    if moment.state is not State.SUCCESS:
        raise Refused(400, "1080P is processing. It should be ready in 1-2 minutes. Please check back shortly.")
    if task.upscale_asked_at is None:
        desk.spend(prices.VEO_1080P_FETCH)
        task.upscale_asked_at = desk.now()
    if (desk.now() - task.upscale_asked_at) * desk.options.speed < _UPSCALE_S:
        raise Refused(400, "1080P is processing. It should be ready in 1-2 minutes. Please check back shortly.")
    return results.link(task, base, "1080p")


def _task_of_link(desk: Desk, url: object) -> SandboxTask | None:
    found = results.is_result(url) if isinstance(url, str) else None
    return desk.ledger.find(found[0]) if found else None


def sign(url: str, base: str, now: float) -> str:
    """A link that says itself until when it is good."""
    path = "/" + url.split("://", 1)[-1].partition("/")[2].partition("?")[0]
    expires = str(int(now) + _LINK_LIVES_S)
    return f"{base}{path}?{urlencode({'expires': expires, 'signature': _signature(path, expires)})}"


def is_good(path: str, query: str, now: float) -> bool:
    """True for unsigned links and for signed ones that are right and not too old."""
    values = parse_qs(query)
    if "signature" not in values:
        return True
    expires = values.get("expires", ["0"])[0]
    is_right = hmac.compare_digest(values["signature"][0].encode(), _signature(path, expires).encode())
    return is_right and expires.isdecimal() and now <= int(expires)


def _signature(path: str, expires: str) -> str:
    return hmac.new(_SIGNING_KEY, f"{path}|{expires}".encode(), hashlib.sha256).hexdigest()
