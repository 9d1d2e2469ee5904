"""`POST /api/callbacks/{provider}/{nonce}`: a provider reports that something ended. Only a hint to poll now."""

from __future__ import annotations

import json
import logging
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request

from kaimedia import runtime
from kaimedia.api.schemas import Out
from kaimedia.api.telemetry import CALLBACKS
from kaimedia.errors import KaimediaError

log = logging.getLogger("kaimedia.api")
router = APIRouter(prefix="/callbacks", tags=["callbacks"])

_EXAMPLE = {"code": 200, "msg": "success", "data": {"taskId": "9f2c", "info": {"result_urls": []}}}
_ANYTHING = {"requestBody": {"content": {"application/json": {"schema": {}, "example": _EXAMPLE}}}}


class CallbackReceived(Out):
    """The same response for every callback."""

    status: str = "acknowledged"


async def _payload(request: Request) -> Any:
    """The body as JSON, whatever its content type; None if it is not JSON."""
    body = await request.body()
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # not JSON, not text, or too deeply nested
        return None


@router.post("/{provider}/{nonce}", openapi_extra=_ANYTHING)
def take_callback(
    request: Request,
    provider: Annotated[str, Path(examples=["kie"])],
    nonce: Annotated[str, Path(examples=["Zt0m4mXb0v0Yb2e0aYkS2m4cQ8sP1rTn"])],
    payload: Annotated[Any, Depends(_payload)],
) -> CallbackReceived:
    """Receive a callback of a provider, which may sign it with headers of its own.

    Unknown payloads are acknowledged too; the secret is in the URL, so no token is needed.
    """
    try:
        outcome = runtime.studio().callbacks.receive(provider, nonce, payload, dict(request.headers)).value
    except KaimediaError as error:  # no database or app: polling will find the result
        log.warning("a callback could not be processed: %s", error)
        outcome = "failed"
    CALLBACKS.labels(outcome).inc()
    return CallbackReceived()
