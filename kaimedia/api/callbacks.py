"""`POST /api/callbacks/kie/{nonce}`: the provider tells that something ended. A hint to look, nothing more."""

from __future__ import annotations

import json
import logging
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request

from kaimedia.api.parameters import studio
from kaimedia.api.schemas import Out
from kaimedia.api.telemetry import CALLBACKS
from kaimedia.errors import KaimediaError

log = logging.getLogger("kaimedia.api")
router = APIRouter(prefix="/callbacks", tags=["callbacks"])

_EXAMPLE = {"code": 200, "msg": "success", "data": {"taskId": "9f2c", "info": {"result_urls": []}}}
_ANYTHING = {"requestBody": {"content": {"application/json": {"schema": {}, "example": _EXAMPLE}}}}


class Heard(Out):
    """The same for everybody, whatever became of it."""

    status: str = "heard"


async def _payload(request: Request) -> Any:
    """The body as JSON, whatever type it says it has; None when it is none."""
    body = await request.body()
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # no JSON, no text, numbers or brackets beyond measure
        return None


@router.post("/kie/{nonce}", openapi_extra=_ANYTHING)
def take_callback(
    nonce: Annotated[str, Path(examples=["Zt0m4mXb0v0Yb2e0aYkS2m4cQ8sP1rTn"])],
    payload: Annotated[Any, Depends(_payload)],
    timestamp: Annotated[str | None, Header(alias="X-Webhook-Timestamp")] = None,
    signature: Annotated[str | None, Header(alias="X-Webhook-Signature")] = None,
) -> Heard:
    """Take a callback of any family; what is not understood is heard too. The address is its secret: no token."""
    try:
        outcome = studio().take_callback(nonce, payload, timestamp=timestamp, signature=signature).value
    except KaimediaError as error:  # no database, no house: the result is found by looking, as without callbacks
        log.warning("a callback could not be heard: %s", error)
        outcome = "unheard"
    CALLBACKS.labels(outcome).inc()
    return Heard()
