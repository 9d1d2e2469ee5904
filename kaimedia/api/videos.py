"""`POST /api/videos/generate`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response

from kaimedia.api.generation import generate
from kaimedia.api.parameters import Caller, IdempotencyKey, caller, studio
from kaimedia.api.request_schema import VideoBody
from kaimedia.api.schemas import Accepted
from kaimedia.domain import Modality
from kaimedia.studio import Studio

router = APIRouter(prefix="/videos", tags=["generate"])


@router.post("/generate", status_code=202)
def generate_video(
    body: Annotated[VideoBody, Body()],
    response: Response,
    studio: Annotated[Studio, Depends(studio)],
    who: Annotated[Caller, Depends(caller)],
    idempotency_key: IdempotencyKey = None,
) -> Accepted:
    """Generate a video. Returns at once; the task runs in the background."""
    return generate(studio, body, idempotency_key, response, who, modality=Modality.VIDEO)
