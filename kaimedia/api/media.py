"""`/api/media`: the gallery."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from kaimedia.api.addresses import media_urls
from kaimedia.api.parameters import LIMIT, ONE_LINE, CurrentStudio, Cursor, Flag, Limit, MediaId, MediaIds
from kaimedia.api.schemas import Deleted, Matched, MediaOut, PageOut, media_fields, page_of, response_of
from kaimedia.api.tasks import no_page
from kaimedia.domain import GalleryView, MediaQuery, Modality, Sort
from kaimedia.errors import InvalidRequest, NotFound, StaleTransition
from kaimedia.studio import Studio

router = APIRouter(prefix="/media", tags=["media"])
Tag = Annotated[str, Field(min_length=1, max_length=40, pattern=ONE_LINE)]
TagList = Annotated[list[Tag], Field(max_length=30)]


def _begins_with_date(value: Any) -> Any:
    if isinstance(value, str) and not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("write a time like 2026-11-22T10:00:00Z")  # pydantic would read a bare number as seconds
    return value


TimeFilter = Annotated[datetime, BeforeValidator(_begins_with_date)]


class MediaChange(BaseModel):
    """Changes to an item; omitted fields stay unchanged."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [{"is_favorite": True}, {"tags": ["blue", "for Ada"]}, {"add_tags": ["sold"]}],
            "minProperties": 1,
        },
    )

    is_favorite: bool = Field(default_factory=bool)
    tags: TagList = Field(default_factory=list, description="Replaces all its tags.")
    add_tags: TagList = Field(default_factory=list, description="Added to its tags; 30 at most in total.")
    remove_tags: TagList = Field(default_factory=list, description="Removed, ignoring case.")


class ManyChange(BaseModel):
    """Changes to several items; omitted fields stay unchanged. Unknown ids are ignored."""

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
    add_tags: TagList = Field(default_factory=list, description="Added to their tags; 30 at most per item.")
    remove_tags: TagList = Field(default_factory=list, description="Removed, ignoring case.")


@router.get("", response_model=PageOut[MediaOut])
def list_media(
    studio: CurrentStudio,
    type: Annotated[Modality | None, Query(description="Only images, or only videos.")] = None,
    model: Annotated[str | None, Query(max_length=80)] = None,
    sort_by: Annotated[Sort, Query(description="`longest`: by duration, then newest first.")] = Sort.NEWEST,
    q: Annotated[
        str | None,
        Query(max_length=200, description="Search the prompt by beginnings of words; put phrases in quotes."),
    ] = None,
    favorite: Flag = None,
    created_from: Annotated[TimeFilter | None, Query(description="From this time on; UTC if it has no offset.")] = None,
    created_before: Annotated[TimeFilter | None, Query(description="Before this time.")] = None,
    tag: Annotated[str | None, Query(max_length=40)] = None,
    collection: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="The id of a collection.")] = None,
    batch: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="The id of a batch.")] = None,
    view: Annotated[
        GalleryView | None, Query(description="Finished (the default), in progress, failed, or in the trash.")
    ] = None,
    shelf: Annotated[GalleryView | None, Query(deprecated=True, description="The earlier name of `view`.")] = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> Response:
    """One page of the gallery; by default finished items that are not deleted (see `view`)."""
    query = MediaQuery(
        media_type=type,
        model=_readable(model),
        favorites_only=favorite == "true",
        text=_readable(q),
        sort=sort_by,
        view=view or shelf or GalleryView.FINISHED,
        created_from=_aware(created_from, "created_from"),
        created_before=_aware(created_before, "created_before"),
        tag=_readable(tag) or None,
        collection_id=collection,
        batch_id=batch,
        limit=limit,
        cursor=cursor,
    )
    try:
        page = studio.gallery.page(query)
    except InvalidRequest as error:
        raise no_page(error) from error
    tags = studio.collections.tags_of([item.id for item in page.items])
    marked, url_of = studio.missing_files.marked(page.items), media_urls()
    items = [media_fields(item, tags.get(item.id, ()), url_of=url_of) for item in marked]
    return response_of(page_of(page, items))


@router.delete("/all")  # before the route with an id
def delete_all_media(studio: CurrentStudio) -> Deleted:
    """Move the whole gallery to the trash for 30 days, except items still being generated."""
    return Deleted(deleted=len(studio.gallery.clear()))


@router.get("/{media_id:int}", response_model=MediaOut)
def get_media(studio: CurrentStudio, media_id: MediaId) -> Response:
    """One item, even if it is still being generated."""
    return response_of(_fields(studio, media_id))


@router.patch("")
def change_many(studio: CurrentStudio, change: ManyChange) -> Matched:
    """Mark or unmark items as favorites, add and remove tags."""
    changed = change.model_fields_set - {"media_ids"}
    if not changed:
        message = "Send at least one of “is_favorite”, “add_tags” and “remove_tags”."
        raise InvalidRequest(message, field="body")
    existing = [item.id for item in studio.gallery.by_ids(change.media_ids, include_deleted=False)]
    if change.add_tags:
        studio.collections.add_tags(existing, change.add_tags)
    if change.remove_tags:
        studio.collections.remove_tags(existing, change.remove_tags)
    if "is_favorite" in changed:
        studio.gallery.set_favorite(existing, change.is_favorite)
    return Matched(matched=len(set(existing)))


@router.patch("/{media_id:int}")
def change_media(studio: CurrentStudio, media_id: MediaId, change: MediaChange) -> MediaOut:
    """Set tags, add tags, remove tags (in this order), and mark or unmark it as a favorite."""
    changed = change.model_fields_set
    if not changed:
        message = "Send at least one of “is_favorite”, “tags”, “add_tags” and “remove_tags”."
        raise InvalidRequest(message, field="body")
    studio.gallery.get(media_id)
    if "tags" in changed:
        studio.collections.set_tags(media_id, change.tags)
    if change.add_tags:
        studio.collections.add_tags([media_id], change.add_tags)
    if change.remove_tags:
        studio.collections.remove_tags([media_id], change.remove_tags)
    if "is_favorite" in changed:
        studio.gallery.set_favorite([media_id], change.is_favorite)
    return _out(studio, media_id)


@router.delete("/{media_id:int}")
def delete_media(studio: CurrentStudio, media_id: MediaId) -> MediaOut:
    """Move it to the trash; it is permanently deleted after 30 days. Returns the deleted item."""
    deleted = _out(studio, media_id)
    if not studio.gallery.delete([media_id]):
        studio.gallery.get(media_id)  # 404 if another request has just deleted it
        raise StaleTransition(
            "It is still being generated and may be charged.", next_step="Cancel its task, or wait until it is done."
        )
    return deleted


@router.post("/{media_id:int}/fetch", status_code=202)
def fetch_media_again(studio: CurrentStudio, media_id: MediaId) -> MediaOut:
    """Download a missing file again, while the provider still has it; free of charge."""
    studio.missing_files.fetch_again(media_id)
    return _out(studio, media_id)


@router.post("/{media_id:int}/restore")
def restore_media(studio: CurrentStudio, media_id: MediaId) -> MediaOut:
    """Restore it from the trash; an item that is not there stays unchanged."""
    if not studio.gallery.by_ids([media_id]):
        raise NotFound("There is no such item.")
    studio.gallery.restore([media_id])
    return _out(studio, media_id)


def _out(studio: Studio, media_id: int) -> MediaOut:
    return MediaOut(**_fields(studio, media_id))


def _fields(studio: Studio, media_id: int) -> dict[str, Any]:
    item, fetchable_until = studio.missing_files.details(studio.gallery.get(media_id))
    return media_fields(item, studio.collections.tags_of([media_id]).get(media_id, ()), fetchable_until)


def _aware(moment: datetime | None, field: str) -> datetime | None:
    if moment is None:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:  # the minimum or maximum date in another time zone
        raise InvalidRequest("This time is out of range.", field=field) from error


def _readable(text: str | None) -> str | None:
    """Without NUL characters, which databases cannot store."""
    return text.replace("\x00", "") if text else text
