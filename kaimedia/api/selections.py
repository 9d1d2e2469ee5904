"""Many chosen items of the gallery in one call: into the trash, out of it, or gone for good."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from kaimedia.api.parameters import CurrentStudio, MediaIds
from kaimedia.api.schemas import Deleted, Out

router = APIRouter()


class Selection(BaseModel):
    """Which items."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"media_ids": [3, 4]}]})

    media_ids: MediaIds


class Trashed(Out):
    """What went into the trash."""

    deleted: int = Field(description="How many items.")
    media_ids: list[int] = Field(description="Which; `POST /api/trash/restore` takes the same list.")


class Restored(Out):
    """How many items came back."""

    restored: int


@router.post("/media/delete", tags=["media"])
def delete_many(studio: CurrentStudio, which: Selection) -> Trashed:
    """Put items into the trash, for 30 days. Ids that are not there and items still being made are passed over."""
    deleted = studio.delete_media(which.media_ids)
    return Trashed(deleted=len(deleted), media_ids=deleted)


@router.post("/trash/restore", tags=["trash"])
def restore_many(studio: CurrentStudio, which: Selection) -> Restored:
    """Bring items back into the gallery. Ids that are not in the trash are passed over."""
    return Restored(restored=len(studio.restore_media(which.media_ids)))


@router.post("/trash/all/restore", tags=["trash"])
def restore_all(studio: CurrentStudio) -> Restored:
    """Bring everything in the trash back into the gallery."""
    return Restored(restored=len(studio.restore_all()))


@router.post("/trash/delete", tags=["trash"])
def delete_many_forever(studio: CurrentStudio, which: Selection) -> Deleted:
    """Remove items that are in the trash for good, files included. This cannot be undone.

    Passed over are ids that are not in the trash, and items whose task may still yield a result.
    """
    return Deleted(deleted=studio.delete_forever(which.media_ids))
