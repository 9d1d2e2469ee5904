"""Response schemas: tasks, media, models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from starlette.responses import Response

from kaimedia.api.addresses import media_url
from kaimedia.domain import Condition, ErrorCode, HoldCode, Media, Modality, NoteCode, Page, Phase, Status, Task
from kaimedia.studio import MediaUrl, media_document, task_document

T = TypeVar("T")


class Out(BaseModel):
    """Base of response schemas."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True, protected_namespaces=())


class PageOut(Out, Generic[T]):
    """One page of a list; repeat with `cursor=next_cursor` until it is null."""

    items: list[T]
    next_cursor: str | None
    total: int = Field(description="Of all pages.")


class Accepted(Out):
    """The queued task; follow it at `/api/tasks/{task_id}`."""

    task_id: str
    media_id: int = Field(description="The first of `media_ids`.")
    media_ids: list[int]
    status: Status

    @classmethod
    def of(cls, task: Task) -> Accepted:
        """The response for a new task, or one found by its idempotency key."""
        first = task.media_ids[0] if task.media_ids else 0
        return cls(task_id=task.task_id, media_id=first, media_ids=list(task.media_ids), status=task.status)


class TaskOut(Out):
    """A task: one generation and its results."""

    task_id: str
    type: Modality
    model: str
    prompt: str
    provider: str
    provider_task_id: str | None
    status: Status
    phase: Phase
    progress: float | None = Field(description="0–1 as reported by the provider; null if it reports none.")
    note: str | None = Field(description="What is happening, if the phase does not say it.")
    note_code: NoteCode | None = Field(description="The same for programs; null also if `hold_code` says it.")
    media_ids: list[int]
    result_urls: list[str] = Field(description="URLs on this host, as soon as each result is saved.")
    error: str | None
    error_code: ErrorCode | None
    may_have_cost: bool
    hold_code: HoldCode | None = Field(description="Why it is on hold until the user decides.")
    credits_estimated: float | None
    credits_actual: float | None
    retry_of: str | None
    batch_id: int | None = Field(description="The batch it was submitted in.")
    imported_at: datetime | None = Field(description="When it was imported by its provider task id; null if sent here.")
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None

    @classmethod
    def of(cls, task: Task, media: Iterable[Media]) -> TaskOut:
        """The task with the URLs of its results."""
        return cls(**task_fields(task, media))


def task_fields(task: Task, media: Iterable[Media]) -> dict[str, Any]:
    """The fields of `TaskOut`."""
    names = [item.filename for item in media if item.filename and item.status is Status.COMPLETED]
    document = task_document(task, [url for name in names if (url := media_url(name))])
    return {name: document[name] for name in TaskOut.model_fields}


class MediaOut(Out):
    """An image or video; URLs are null until it is saved."""

    id: int
    task_id: str
    type: Modality
    status: Status
    prompt: str
    model: str
    provider: str
    aspect_ratio: str
    duration: int | None = Field(description="Seconds, for videos.")
    url: str | None
    thumbnail_url: str | None
    thumbnail_large_url: str | None
    poster_url: str | None
    download_url: str | None
    mime_type: str | None
    condition: Condition = Field(
        description="`damaged`: the file arrived damaged every time. `unshowable`: browsers cannot display its format. "
        "`missing`: the file is no longer in the storage; URLs are null."
    )
    fetchable_until: datetime | None = Field(
        description="Until when a missing file can be downloaded again; only set when reading a single item."
    )
    width_px: int | None
    height_px: int | None
    size_bytes: int | None
    sha256: str | None
    variant: int
    is_favorite: bool
    tags: list[str]
    params: dict[str, Any]
    reference_media_id: int | None = Field(description="The gallery item used as the reference, if any.")
    error: str | None
    created_at: datetime
    completed_at: datetime | None
    deleted_at: datetime | None = Field(description="When it was moved to the trash.")

    @classmethod
    def of(cls, item: Media, tags: Iterable[str], fetchable_until: datetime | None = None) -> MediaOut:
        """The item with the URLs of its files, if they exist."""
        return cls(**media_fields(item, tags, fetchable_until))


def media_fields(
    item: Media, tags: Iterable[str], fetchable_until: datetime | None = None, url_of: MediaUrl = media_url
) -> dict[str, Any]:
    """The fields of `MediaOut`; for many items, with `media_urls()` as `url_of`."""
    return media_document(item, tags, url_of, fetchable_until)


class Deleted(Out):
    """How many items were deleted."""

    deleted: int


class Matched(Out):
    """How many of the given items exist in the gallery and were changed."""

    matched: int


def page_of(page: Page[Any], items: list[T]) -> dict[str, Any]:
    """A page with its items as response schemas, or as their fields."""
    return {"items": items, "next_cursor": page.next_cursor, "total": page.total}


def response_of(fields: Mapping[str, Any]) -> Response:
    """The fields of a schema as the response, as they are: FastAPI would validate them, and on another thread.

    For routes that are called often.
    """
    try:
        body = orjson.dumps(fields, option=orjson.OPT_UTC_Z)
    except orjson.JSONEncodeError:  # an integer of more than 64 bits
        body = to_json(fields)  # takes seven times as long
    return Response(body, media_type="application/json")
