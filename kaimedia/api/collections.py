"""`/api/collections`: named sets of items. `GET /api/media?collection=…` lists what is in one."""

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
        description="No two collections have the same one, whatever its case.",
    ),
]


class NewCollection(BaseModel):
    """A collection to be made."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"name": "Boats"}]})

    name: Name
    media_ids: MediaIds = Field(default_factory=list, description="What is in it from the beginning.")


class CollectionChange(BaseModel):
    """What may be changed about a collection; what is not named stays. Unknown ids are passed over."""

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
    remove_media_ids: MediaIds = Field(default_factory=list, description="Taken out after the others are put in.")


class CollectionOut(Out):
    """A named set of items."""

    id: int
    name: str
    count: int = Field(description="Its items in the gallery, those in the trash not counted.")
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
    return Collections(items=[CollectionOut.of(each) for each in studio.collections()])


@router.post("", status_code=201)
def make_collection(studio: CurrentStudio, new: NewCollection, response: Response) -> CollectionOut:
    """Make a collection, empty or with items in it. A name that is taken is a 409."""
    made = studio.make_collection(new.name)
    if new.media_ids:
        studio.add_to_collection(made.id, new.media_ids)
    response.headers["Location"] = api_url(f"/collections/{made.id}")
    return CollectionOut.of(studio.collection(made.id))


@router.get("/{collection_id:int}")
def get_collection(studio: CurrentStudio, collection_id: CollectionId) -> CollectionOut:
    """One collection."""
    return CollectionOut.of(studio.collection(collection_id))


@router.patch("/{collection_id:int}")
def change_collection(studio: CurrentStudio, collection_id: CollectionId, change: CollectionChange) -> CollectionOut:
    """Rename it, put items in, take items out."""
    named = change.model_fields_set
    if not named:
        words = "Name what is to change: “name”, “add_media_ids” or “remove_media_ids”."
        raise InvalidRequest(words, field="body")
    studio.collection(collection_id)
    if "name" in named:
        studio.rename_collection(collection_id, change.name)
    studio.add_to_collection(collection_id, change.add_media_ids)
    studio.remove_from_collection(collection_id, change.remove_media_ids)
    return CollectionOut.of(studio.collection(collection_id))


@router.delete("/{collection_id:int}")
def remove_collection(studio: CurrentStudio, collection_id: CollectionId) -> CollectionOut:
    """Remove it; its items stay in the gallery. Answers what it was."""
    was = CollectionOut.of(studio.collection(collection_id))
    studio.remove_collection(collection_id)
    return was
