"""Several gallery items in one request: delete, restore, or delete permanently."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from kaimedia.api.parameters import CurrentStudio, MediaIds
from kaimedia.api.schemas import Deleted, Out

router = APIRouter()


class Selection(BaseModel):
    """The items."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"media_ids": [3, 4]}]})

    media_ids: MediaIds


class Trashed(Out):
    """The items moved to the trash."""

    deleted: int = Field(description="How many items.")
    media_ids: list[int] = Field(description="Their ids, as accepted by `POST /api/trash/restore`.")


class Restored(Out):
    """How many items were restored."""

    restored: int


@router.post("/media/delete", tags=["media"])
def delete_many(studio: CurrentStudio, which: Selection) -> Trashed:
    """Move items to the trash for 30 days. Ignores unknown ids and items still being generated."""
    deleted = studio.gallery.delete(which.media_ids)
    return Trashed(deleted=len(deleted), media_ids=deleted)


@router.post("/trash/restore", tags=["trash"])
def restore_many(studio: CurrentStudio, which: Selection) -> Restored:
    """Restore items from the trash. Ignores ids that are not in the trash."""
    return Restored(restored=len(studio.gallery.restore(which.media_ids)))


@router.post("/trash/all/restore", tags=["trash"])
def restore_all(studio: CurrentStudio) -> Restored:
    """Restore everything in the trash."""
    return Restored(restored=len(studio.trash.restore_all()))


@router.post("/trash/delete", tags=["trash"])
def delete_many_forever(studio: CurrentStudio, which: Selection) -> Deleted:
    """Permanently delete items in the trash, including their files. This cannot be undone.

    Ignores ids that are not in the trash, and items whose task may still produce a result.
    """
    return Deleted(deleted=studio.trash.delete_forever(which.media_ids))
