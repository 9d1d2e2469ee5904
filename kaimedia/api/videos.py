"""`POST /api/videos/generate`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response

from kaimedia.api.asks import VideoAsk
from kaimedia.api.generation import generate
from kaimedia.api.parameters import Caller, IdempotencyKey, caller, studio
from kaimedia.api.schemas import Accepted
from kaimedia.studio import Studio

router = APIRouter(prefix="/videos", tags=["generate"])


@router.post("/generate", status_code=202)
def generate_video(
    ask: Annotated[VideoAsk, Body()],
    response: Response,
    house: Annotated[Studio, Depends(studio)],
    who: Annotated[Caller, Depends(caller)],
    idempotency_key: IdempotencyKey = None,
) -> Accepted:
    """Ask for a clip. The answer comes at once; the work is done by the queue."""
    return generate(house, ask, idempotency_key, response, who)
