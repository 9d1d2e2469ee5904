"""`POST /api/callbacks/kie/{nonce}`: the provider tells that something ended. A hint to look, nothing more."""

from __future__ import annotations

import logging
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Path

from kaimedia.api.parameters import studio
from kaimedia.api.schemas import Out
from kaimedia.api.telemetry import CALLBACKS
from kaimedia.errors import StoreUnavailable
from kaimedia.studio import Studio

log = logging.getLogger("kaimedia.api")
router = APIRouter(prefix="/callbacks", tags=["callbacks"])

_EXAMPLE = {"code": 200, "msg": "success", "data": {"taskId": "9f2c", "info": {"result_urls": []}}}


class Heard(Out):
    """The same for everybody, whatever became of it."""

    status: str = "heard"


@router.post("/kie/{nonce}")
def take_callback(
    nonce: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["Zt0m4mXb0v0Yb2e0aYkS2m4cQ8sP1rTn"])],
    payload: Annotated[dict[str, Any], Body(examples=[_EXAMPLE])],
    house: Annotated[Studio, Depends(studio)],
    timestamp: Annotated[str | None, Header(alias="X-Webhook-Timestamp", max_length=64)] = None,
    signature: Annotated[str | None, Header(alias="X-Webhook-Signature", max_length=512)] = None,
) -> Heard:
    """Take a callback of any family. The address is known to the provider alone; it needs no token."""
    try:
        outcome = house.take_callback(nonce, payload, timestamp=timestamp, signature=signature).value
    except StoreUnavailable as error:  # the result is found by looking, as it is without callbacks
        log.warning("a callback could not be heard: %s", error)
        outcome = "unheard"
    CALLBACKS.labels(outcome).inc()
    return Heard()
