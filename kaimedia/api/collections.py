"""`/api/collections`: named sets of items. `GET /api/media?collection=…` lists the items of one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from kaimedia.api.addresses import api_url
from kaimedia.api.parameters import ONE_LINE, CollectionId, CurrentStudio, MediaIds
from kaimedia.api.schemas import Out
from kaimedia.domain import Collection
from kaimedia.errors import InvalidRequest

router = APIRouter(prefix="/collections", tags=["collections"])
Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=80,
        pattern=ONE_LINE,
        description="Unique, ignoring case.",
    ),
]


class NewCollection(BaseModel):
    """A new collection."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"name": "Boats"}]})

    name: Name
    media_ids: MediaIds = Field(default_factory=list, description="Items to add at once.")


class CollectionChange(BaseModel):
    """Changes to a collection; omitted fields stay unchanged. Unknown ids are ignored."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [{"name": "Boats and lakes"}, {"add_media_ids": [3, 4], "remove_media_ids": [1]}],
            "minProperties": 1,
        },
    )

    name: Name = Field(default_factory=str)
    add_media_ids: MediaIds = Field(default_factory=list)
    remove_media_ids: MediaIds = Field(default_factory=list, description="Removed after the others are added.")


class CollectionOut(Out):
    """A named set of items."""

    id: int
    name: str
    count: int = Field(description="Number of items, not counting those in the trash.")
    created_at: datetime

    @classmethod
    def of(cls, collection: Collection) -> CollectionOut:
        """The collection as the API shows it."""
        return cls(**{name: getattr(collection, name) for name in cls.model_fields})


class Collections(Out):
    """Every collection, by name."""

    items: list[CollectionOut]


@router.get("")
def list_collections(studio: CurrentStudio) -> Collections:
    """Every collection, by name."""
    return Collections(items=[CollectionOut.of(each) for each in studio.collections.all()])


@router.post("", status_code=201)
def make_collection(studio: CurrentStudio, new: NewCollection, response: Response) -> CollectionOut:
    """Create a collection, empty or with items. If the name is taken: 409."""
    created = studio.collections.create(new.name)
    if new.media_ids:
        studio.collections.add(created.id, new.media_ids)
    response.headers["Location"] = api_url(f"/collections/{created.id}")
    return CollectionOut.of(studio.collections.get(created.id))


@router.get("/{collection_id:int}")
def get_collection(studio: CurrentStudio, collection_id: CollectionId) -> CollectionOut:
    """One collection."""
    return CollectionOut.of(studio.collections.get(collection_id))


@router.patch("/{collection_id:int}")
def change_collection(studio: CurrentStudio, collection_id: CollectionId, change: CollectionChange) -> CollectionOut:
    """Rename it, add items, remove items."""
    changed = change.model_fields_set
    if not changed:
        message = "Send at least one of “name”, “add_media_ids” and “remove_media_ids”."
        raise InvalidRequest(message, field="body")
    studio.collections.get(collection_id)
    if "name" in changed:
        studio.collections.rename(collection_id, change.name)
    studio.collections.add(collection_id, change.add_media_ids)
    studio.collections.remove(collection_id, change.remove_media_ids)
    return CollectionOut.of(studio.collections.get(collection_id))


@router.delete("/{collection_id:int}")
def delete_collection(studio: CurrentStudio, collection_id: CollectionId) -> CollectionOut:
    """Delete it; its items stay in the gallery. Returns the deleted collection."""
    deleted = CollectionOut.of(studio.collections.get(collection_id))
    studio.collections.delete(collection_id)
    return deleted
