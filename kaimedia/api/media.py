"""`/api/media`: the gallery."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from kaimedia.api.parameters import LIMIT, Cursor, Flag, Limit, MediaId, studio
from kaimedia.api.schemas import Deleted, MediaOut, PageOut, page_of
from kaimedia.api.tasks import no_page
from kaimedia.domain import MediaQuery, Modality
from kaimedia.errors import InvalidRequest, StaleTransition
from kaimedia.studio import Studio

router = APIRouter(prefix="/media", tags=["media"])
House = Annotated[Studio, Depends(studio)]


class MediaChange(BaseModel):
    """What may be changed about an item."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"is_favorite": True}]})

    is_favorite: bool


@router.get("", response_model=PageOut[MediaOut])
def list_media(
    house: House,
    type: Annotated[Modality | None, Query(description="Pictures only, or clips only.")] = None,
    model: Annotated[str | None, Query(max_length=80)] = None,
    sort_by: Literal["newest", "oldest"] = "newest",
    q: Annotated[str | None, Query(max_length=200, description="Words of the prompt.")] = None,
    favorite: Flag = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> Any:
    """One page of the gallery: what is finished and not deleted."""
    query = MediaQuery(
        media_type=type,
        model=_readable(model),
        favorites_only=favorite == "true",
        words=_readable(q),
        newest_first=sort_by == "newest",
        limit=limit,
        cursor=cursor,
    )
    try:
        page = house.list_media(query)
    except InvalidRequest as error:
        raise no_page(error) from error
    return page_of(page, [MediaOut.of(item) for item in page.items])


@router.delete("/all")  # before the one with an id
def delete_all_media(house: House) -> Deleted:
    """Empty the gallery; what is still being made is left alone. For 15 minutes the Gallery page can undo it."""
    return Deleted(deleted=len(house.clear_media()))


@router.get("/{media_id:int}")
def get_media(house: House, media_id: MediaId) -> MediaOut:
    """One item, also while it is being made."""
    return MediaOut.of(house.media(media_id))


@router.patch("/{media_id:int}")
def change_media(house: House, media_id: MediaId, change: MediaChange) -> MediaOut:
    """Mark or unmark it as a favourite."""
    house.media(media_id)
    house.set_favorite([media_id], change.is_favorite)
    return MediaOut.of(house.media(media_id))


@router.delete("/{media_id:int}")
def delete_media(house: House, media_id: MediaId) -> MediaOut:
    """Take it out of the gallery; its file goes when the time to undo is over. Answers what it was."""
    item = house.media(media_id)
    if not house.delete_media([media_id]):
        house.media(media_id)  # 404 when somebody else deleted it just now
        raise StaleTransition(
            "It is still being made: it may be paid for.", next_step="Cancel its task, or wait until it is done."
        )
    return MediaOut.of(item)


def _readable(words: str | None) -> str | None:
    """Without what databases cannot hold."""
    return words.replace("\x00", "") if words else words
