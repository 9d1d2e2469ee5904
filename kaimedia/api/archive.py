"""`POST /api/media/archive`: many items as one ZIP, as the gallery's own."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from kaimedia.api.parameters import CurrentStudio, OneId
from kaimedia.errors import NotFound
from kaimedia.feed.archive import headers, stream

router = APIRouter(prefix="/media", tags=["media"])

MOST = 50_000  # as many ids as a body has room for
ZIP = "application/zip"
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The archive: the files as they are, and `prompts.json` about them.",
        "content": {ZIP: {"schema": {"type": "string", "format": "binary"}}},
    }
}


class Packing(BaseModel):
    """Which items go into the archive, in this order."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"media_ids": [3, 4]}]})

    media_ids: list[OneId] = Field(min_length=1, max_length=MOST)


@router.post("/archive", response_class=StreamingResponse, responses=_ANSWER)
def pack_media(studio: CurrentStudio, which: Packing) -> StreamingResponse:
    """Download many items as one ZIP, written while it is read, with `prompts.json` about each.

    Ids that are not there and files that are gone are named in `prompts.json` under `missing`; when not one of the
    items is there, the answer is 404.
    """
    ids = list(dict.fromkeys(which.media_ids))
    if not studio.media_by_ids(ids):
        raise NotFound("None of these items is there.")
    return StreamingResponse(stream(studio, ids), media_type=ZIP, headers=headers())
