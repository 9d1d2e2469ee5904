"""`/api/media`: the gallery."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from kaimedia.api.parameters import LIMIT, ONE_LINE, CurrentStudio, Cursor, Flag, Limit, MediaId, MediaIds
from kaimedia.api.schemas import Deleted, Matched, MediaOut, PageOut, page_of
from kaimedia.api.tasks import no_page
from kaimedia.domain import MediaQuery, Modality, Shelf, Sort
from kaimedia.errors import InvalidRequest, NotFound, StaleTransition
from kaimedia.studio import Studio

router = APIRouter(prefix="/media", tags=["media"])
Tag = Annotated[str, Field(min_length=1, max_length=40, pattern=ONE_LINE)]
TagList = Annotated[list[Tag], Field(max_length=30)]


def _begins_with_a_day(given: Any) -> Any:
    if isinstance(given, str) and not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
        raise ValueError("a moment is written like 2026-11-22T10:00:00Z")  # a bare number would count as seconds
    return given


Moment = Annotated[datetime, BeforeValidator(_begins_with_a_day)]


class MediaChange(BaseModel):
    """What may be changed about an item; what is not named stays."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [{"is_favorite": True}, {"tags": ["blue", "for Ada"]}, {"add_tags": ["sold"]}],
            "minProperties": 1,
        },
    )

    is_favorite: bool = Field(default_factory=bool)
    tags: TagList = Field(default_factory=list, description="Replaces all of its tags.")
    add_tags: TagList = Field(default_factory=list, description="Put on beside those it has; 30 at most in all.")
    remove_tags: TagList = Field(default_factory=list, description="Taken off, whatever their case.")


class ManyChange(BaseModel):
    """What may be changed about many items at once; what is not named stays. Unknown ids are passed over."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [{"media_ids": [3, 4], "is_favorite": True}, {"media_ids": [3, 4], "add_tags": ["sold"]}],
            "minProperties": 2,
        },
    )

    media_ids: MediaIds
    is_favorite: bool = Field(default_factory=bool)
    add_tags: TagList = Field(default_factory=list, description="Put on beside those they have; 30 at most for each.")
    remove_tags: TagList = Field(default_factory=list, description="Taken off, whatever their case.")


@router.get("", response_model=PageOut[MediaOut])
def list_media(
    studio: CurrentStudio,
    type: Annotated[Modality | None, Query(description="Pictures only, or clips only.")] = None,
    model: Annotated[str | None, Query(max_length=80)] = None,
    sort_by: Annotated[Sort, Query(description="`longest`: by duration, then the newest.")] = Sort.NEWEST,
    q: Annotated[
        str | None, Query(max_length=200, description="Beginnings of words in the prompt; phrases in quotes.")
    ] = None,
    favorite: Flag = None,
    created_from: Annotated[Moment | None, Query(description="Not before this moment; UTC unless it says.")] = None,
    created_before: Annotated[Moment | None, Query(description="Before this moment.")] = None,
    tag: Annotated[str | None, Query(max_length=40)] = None,
    collection: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="The id of a collection.")] = None,
    shelf: Annotated[Shelf, Query(description="What is finished, being made, failed, or in the trash.")] = (
        Shelf.FINISHED
    ),
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> Any:
    """One page of the gallery: what is finished and not deleted, unless another `shelf` is asked for."""
    query = MediaQuery(
        media_type=type,
        model=_readable(model),
        favorites_only=favorite == "true",
        words=_readable(q),
        sort=sort_by,
        shelf=shelf,
        created_from=_aware(created_from, "created_from"),
        created_before=_aware(created_before, "created_before"),
        tag=_readable(tag) or None,
        collection_id=collection,
        limit=limit,
        cursor=cursor,
    )
    try:
        page = studio.list_media(query)
    except InvalidRequest as error:
        raise no_page(error) from error
    tags = studio.tags_of([item.id for item in page.items])
    return page_of(page, [MediaOut.of(item, tags.get(item.id, ())) for item in studio.missing.marked(page.items)])


@router.delete("/all")  # before the one with an id
def delete_all_media(studio: CurrentStudio) -> Deleted:
    """Put the whole gallery into the trash, for 30 days; what is still being made is left alone."""
    return Deleted(deleted=len(studio.clear_media()))


@router.get("/{media_id:int}")
def get_media(studio: CurrentStudio, media_id: MediaId) -> MediaOut:
    """One item, also while it is being made."""
    return _out(studio, media_id)


@router.patch("")
def change_many(studio: CurrentStudio, change: ManyChange) -> Matched:
    """Mark or unmark items as favorites, put tags on them and take tags off."""
    named = change.model_fields_set - {"media_ids"}
    if not named:
        words = "Name what is to change: “is_favorite”, “add_tags” or “remove_tags”."
        raise InvalidRequest(words, field="body")
    there = [item.id for item in studio.media_by_ids(change.media_ids, include_deleted=False)]
    if change.add_tags:
        studio.add_tags(there, change.add_tags)
    if change.remove_tags:
        studio.remove_tags(there, change.remove_tags)
    if "is_favorite" in named:
        studio.set_favorite(there, change.is_favorite)
    return Matched(matched=len(set(there)))


@router.patch("/{media_id:int}")
def change_media(studio: CurrentStudio, media_id: MediaId, change: MediaChange) -> MediaOut:
    """Mark or unmark it as a favorite, give it tags, put some on, take some off (in this order)."""
    named = change.model_fields_set
    if not named:
        words = "Name what is to change: “is_favorite”, “tags”, “add_tags” or “remove_tags”."
        raise InvalidRequest(words, field="body")
    studio.media(media_id)
    if "tags" in named:
        studio.set_tags(media_id, change.tags)
    if change.add_tags:
        studio.add_tags([media_id], change.add_tags)
    if change.remove_tags:
        studio.remove_tags([media_id], change.remove_tags)
    if "is_favorite" in named:
        studio.set_favorite([media_id], change.is_favorite)
    return _out(studio, media_id)


@router.delete("/{media_id:int}")
def delete_media(studio: CurrentStudio, media_id: MediaId) -> MediaOut:
    """Put it into the trash; its file goes after 30 days. Answers what it was."""
    was = _out(studio, media_id)
    if not studio.delete_media([media_id]):
        studio.media(media_id)  # 404 when somebody else deleted it just now
        raise StaleTransition(
            "It is still being made: it may be paid for.", next_step="Cancel its task, or wait until it is done."
        )
    return was


@router.post("/{media_id:int}/fetch", status_code=202)
def fetch_media_again(studio: CurrentStudio, media_id: MediaId) -> MediaOut:
    """Fetch a file that is gone from the storage again, while the provider keeps it; costs nothing."""
    studio.missing.fetch_again(media_id)
    return _out(studio, media_id)


@router.post("/{media_id:int}/restore")
def restore_media(studio: CurrentStudio, media_id: MediaId) -> MediaOut:
    """Bring it back from the trash; one that is not there stays as it is."""
    if not studio.media_by_ids([media_id]):
        raise NotFound("There is no such item.")
    studio.restore_media([media_id])
    return _out(studio, media_id)


def _out(studio: Studio, media_id: int) -> MediaOut:
    item, fetchable_until = studio.missing.details(studio.media(media_id))
    return MediaOut.of(item, studio.tags_of([media_id]).get(media_id, ()), fetchable_until)


def _aware(moment: datetime | None, field: str) -> datetime | None:
    if moment is None:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:  # the first or the last day there is, in another zone
        raise InvalidRequest("This moment is out of range.", field=field) from error


def _readable(words: str | None) -> str | None:
    """Without what databases cannot hold."""
    return words.replace("\x00", "") if words else words
