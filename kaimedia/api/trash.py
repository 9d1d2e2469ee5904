"""`/api/trash`: list the trash and delete permanently. `selections` has the routes for several items."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from kaimedia.api.parameters import LIMIT, CurrentStudio, Cursor, Limit, MediaId
from kaimedia.api.schemas import Deleted, MediaOut, PageOut, page_of
from kaimedia.api.tasks import no_page
from kaimedia.domain import GalleryView, MediaQuery
from kaimedia.errors import InvalidRequest, NotFound, StaleTransition
from kaimedia.studio import TRASH_RETENTION

router = APIRouter(prefix="/trash", tags=["trash"])


class TrashOut(PageOut[MediaOut]):
    """One page of the trash, and its total size."""

    size_bytes: int = Field(description="Of all files in the trash, without thumbnails.")
    kept_days: int = Field(description="Items are permanently deleted at least this many days after `deleted_at`.")


@router.get("", response_model=TrashOut)
def list_trash(studio: CurrentStudio, limit: Limit = LIMIT, cursor: Cursor = None) -> Any:
    """One page of the trash, newest first by creation time; `total` and `size_bytes` cover the whole trash."""
    try:
        page = studio.gallery.page(MediaQuery(view=GalleryView.TRASH, limit=limit, cursor=cursor))
    except InvalidRequest as error:
        raise no_page(error) from error
    tags = studio.collections.tags_of([item.id for item in page.items])
    items = [MediaOut.of(item, tags.get(item.id, ())) for item in studio.missing_files.marked(page.items)]
    return page_of(page, items) | {"size_bytes": studio.trash.state().size_bytes, "kept_days": TRASH_RETENTION.days}


@router.delete("/all")  # before the route with an id
def empty_trash(studio: CurrentStudio) -> Deleted:
    """Permanently delete everything in the trash, including files. This cannot be undone."""
    return Deleted(deleted=studio.trash.empty())


@router.delete("/{media_id:int}")
def delete_forever(studio: CurrentStudio, media_id: MediaId) -> Deleted:
    """Permanently delete an item in the trash, including its file. This cannot be undone."""
    if not any(item.deleted_at for item in studio.gallery.by_ids([media_id])):
        raise NotFound(
            "There is no such item in the trash.",
            next_step=f"Move it to the trash first: DELETE /api/media/{media_id}.",
        )
    removed = studio.trash.delete_forever([media_id])
    if not removed and studio.gallery.by_ids([media_id]):
        raise StaleTransition(
            "Its task may still produce a result.", next_step="Cancel the task, or wait until it has ended."
        )
    return Deleted(deleted=removed)
