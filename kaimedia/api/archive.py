"""`POST /api/media/archive`: several items as one ZIP, the same as the gallery's."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from kaimedia.api.parameters import CurrentStudio, OneId
from kaimedia.errors import NotFound
from kaimedia.web.gallery.archive import headers, stream

router = APIRouter(prefix="/media", tags=["media"])

MAX_ITEMS = 50_000  # about as many ids as fit into a request body
ZIP = "application/zip"
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The archive: the unchanged files, and `prompts.json` with their details.",
        "content": {ZIP: {"schema": {"type": "string", "format": "binary"}}},
    }
}


class Packing(BaseModel):
    """The items for the archive, in this order."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"media_ids": [3, 4]}]})

    media_ids: list[OneId] = Field(min_length=1, max_length=MAX_ITEMS)


@router.post("/archive", response_class=StreamingResponse, responses=_ANSWER)
def pack_media(studio: CurrentStudio, which: Packing) -> StreamingResponse:
    """Download several items as one streamed ZIP, with their details in `prompts.json`.

    Unknown ids and missing files are listed in `prompts.json` under `missing`; if none of the items exists, the
    response is 404.
    """
    ids = list(dict.fromkeys(which.media_ids))
    if not studio.gallery.by_ids(ids):
        raise NotFound("None of these items exists.")
    return StreamingResponse(stream(studio, ids), media_type=ZIP, headers=headers())
