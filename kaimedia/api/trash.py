"""`/api/trash`: what was deleted, and removing it for good. `selections` has what takes many items."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from kaimedia.api.parameters import LIMIT, CurrentStudio, Cursor, Limit, MediaId
from kaimedia.api.schemas import Deleted, MediaOut, PageOut, page_of
from kaimedia.api.tasks import no_page
from kaimedia.domain import MediaQuery, Shelf
from kaimedia.errors import InvalidRequest, NotFound, StaleTransition
from kaimedia.studio import TRASH_KEPT

router = APIRouter(prefix="/trash", tags=["trash"])


class TrashOut(PageOut[MediaOut]):
    """One page of the trash, and how full all of it is."""

    size_bytes: int = Field(description="Of all files in the trash together, thumbnails not counted.")
    kept_days: int = Field(description="An item goes for good this many days after its `deleted_at`, at the earliest.")


@router.get("", response_model=TrashOut)
def list_trash(studio: CurrentStudio, limit: Limit = LIMIT, cursor: Cursor = None) -> Any:
    """One page of what was deleted, newest first by when it was made; `total` and `size_bytes` are of all of it."""
    try:
        page = studio.list_media(MediaQuery(shelf=Shelf.TRASH, limit=limit, cursor=cursor))
    except InvalidRequest as error:
        raise no_page(error) from error
    tags = studio.tags_of([item.id for item in page.items])
    items = [MediaOut.of(item, tags.get(item.id, ())) for item in studio.missing.marked(page.items)]
    return page_of(page, items) | {"size_bytes": studio.trash().size_bytes, "kept_days": TRASH_KEPT.days}


@router.delete("/all")  # before the one with an id
def empty_trash(studio: CurrentStudio) -> Deleted:
    """Remove everything in the trash for good, files included. This cannot be undone."""
    return Deleted(deleted=studio.empty_trash())


@router.delete("/{media_id:int}")
def delete_forever(studio: CurrentStudio, media_id: MediaId) -> Deleted:
    """Remove one item that is in the trash for good, its file included. This cannot be undone."""
    if not any(item.deleted_at for item in studio.media_by_ids([media_id])):
        raise NotFound("There is no such item in the trash.", next_step="Delete it first.")
    removed = studio.delete_forever([media_id])
    if not removed and studio.media_by_ids([media_id]):
        raise StaleTransition(
            "Its task may still yield a result.", next_step="Cancel the task, or wait until it has ended."
        )
    return Deleted(deleted=removed)
