"""Veo videos in 1080p and 4K: the first call is charged, later ones tell how far it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaimedia.sandbox.protocol.auth import base_url, is_authorized, json_body, sandbox_of
from kaimedia.sandbox.protocol.create_routes import begin
from kaimedia.sandbox.protocol.families import veo, veo_upgrade
from kaimedia.sandbox.protocol.replies import UNAUTHORIZED, Refused, Reply
from kaimedia.sandbox.state import SandboxState


def routes() -> list[Route]:
    """One route for each resolution: a GET for 1080p, a POST for 4K."""
    methods = {veo_upgrade.FULL_HD: "GET", veo_upgrade.ULTRA_HD: "POST"}
    return [
        Route(path, _upgrade(resolution), methods=[methods[resolution]], name=f"upgrade_{resolution}")
        for resolution, path in veo_upgrade.PATHS.items()
    ]


def _upgrade(resolution: str) -> Callable[[Request], Awaitable[Response]]:
    async def upgrade(request: Request) -> Response:
        if not is_authorized(request):
            return UNAUTHORIZED.response()
        try:
            body = await json_body(request) if request.method == "POST" else dict(request.query_params)
            return await _answer(request, sandbox_of(request), resolution, body)
        except Refused as rejection:
            return Reply(rejection.code, rejection.message, rejection.data).response()

    return upgrade


async def _answer(request: Request, sandbox: SandboxState, resolution: str, body: Mapping[str, Any]) -> Response:
    source = sandbox.accounts.find(str(body.get("taskId") or ""), veo.NAME)
    if source is None:
        raise Refused(422, "Record does not exist")
    known = sandbox.accounts.find(source.upgrades.get(resolution, ""))
    if known is not None:
        sandbox.counters.count("polls", sandbox.now())
        return veo_upgrade.reply(resolution, known, sandbox.view(known, base_url(request))).response()
    sandbox.counters.count("creates", sandbox.now())
    return await begin(
        request,
        sandbox,
        f"{resolution} {source.order.prompt}",
        lambda: veo_upgrade.order(resolution, body, source, sandbox.view(source)),
        lambda task: veo_upgrade.started(resolution, task),
    )
