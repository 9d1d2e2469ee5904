"""Requests, tasks, media, settings and their states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from kaimedia.domain.note_code import NoteCode
from kaimedia.domain.reference import Reference
from kaimedia.domain.task_errors import ErrorCode

T = TypeVar("T")


# Nothing is deferred for longer, and no lease runs longer. A time in a row that lies further ahead was written by a
# wrong clock and counts as past.
LONGEST_WAIT_S = 900.0
LONGEST_LEASE_S = 900.0


def utc_now() -> datetime:
    """The current time, aware, UTC."""
    return datetime.now(UTC)


class Modality(StrEnum):
    """What a model makes."""

    IMAGE = "image"
    VIDEO = "video"


class Status(StrEnum):
    """The four public states of a task or a piece of media."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class Phase(StrEnum):
    """The exact state of a task; each phase belongs to one `Status`."""

    PREPARING = "preparing"  # pending: the reference image is being checked and uploaded; free
    QUEUED = "queued"  # pending: ready to be sent; canceling is free
    SENDING = "sending"  # processing: the paid call is in progress or its reply was lost in a crash
    WAITING = "waiting"  # processing: accepted, in the provider's queue
    GENERATING = "generating"  # processing: the provider is working on it
    SAVING = "saving"  # processing: generated; we are fetching the files
    DONE = "done"  # completed
    FAILED = "failed"  # failed: `ErrorCode` says why

    @property
    def status(self) -> Status:
        """The public state this phase belongs to."""
        return _PHASE_STATUS[self]


_PHASE_STATUS = {
    Phase.PREPARING: Status.PENDING,
    Phase.QUEUED: Status.PENDING,
    Phase.SENDING: Status.PROCESSING,
    Phase.WAITING: Status.PROCESSING,
    Phase.GENERATING: Status.PROCESSING,
    Phase.SAVING: Status.PROCESSING,
    Phase.DONE: Status.COMPLETED,
    Phase.FAILED: Status.FAILED,
}


class HoldCode(StrEnum):
    """Why an unsent task waits for a decision by the user."""

    COPY = "copy"  # this database is a copy: the original may have sent and paid for it already
    PAUSED = "paused"  # the user paused its batch; stored as `tasks.is_paused`, which earlier versions ignore


class CopyReason(StrEnum):
    """What shows that a database is a copy of another, or was restored to an earlier state."""

    MARKED = "marked"  # made by `backup`, or set aside by a restore
    BEHIND = "behind"  # more tasks were sent from here than it has recorded
    ELSEWHERE = "elsewhere"  # not the file or the server it was written on


class Condition(StrEnum):
    """The condition of a stored file, as in `media.condition`."""

    OK = "ok"
    DAMAGED = "damaged"  # truncated or not fully readable; no better copy could be fetched
    UNSHOWABLE = "unshowable"  # complete, but of a type that browsers do not show
    MISSING = "missing"  # found when the item is opened and its file does not exist; stored only by a repair


class ProviderName(StrEnum):
    """Where a task is sent; frozen in the task, so that saving a key never moves a running task."""

    KIE = "kie"
    SANDBOX = "sandbox"


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One generation request; validated by `models.validation.validate` and then frozen in the task.

    `params` holds the model's own fields by name (`quality`, `negative_prompt`, …), JSON values only.
    `duration_s` is whole seconds, None for images. `variants` is the number of images requested, 1–4.
    `references` are its inputs beside the prompt, once validated in the order of the model's slots.
    """

    model: str
    prompt: str
    aspect_ratio: str
    variants: int = 1
    duration_s: int | None = None
    enhance: bool = False
    references: tuple[Reference, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Task:
    """One generation request and its outcome (read model)."""

    task_id: str  # ours, 32 hex digits
    modality: Modality
    model: str
    provider: str
    request: GenerationRequest
    status: Status
    phase: Phase
    progress: float | None  # 0–1 as the provider reports it, else None
    media_ids: tuple[int, ...]
    created_at: datetime
    updated_at: datetime
    provider_task_id: str | None = None
    is_id_unproven: bool = False  # the id was typed or came in an unsigned callback, and no record was seen yet
    error_code: ErrorCode | None = None
    error_message: str | None = None
    note_code: NoteCode | None = None  # what is happening, if the phase does not say it
    note: str | None = None  # what was reported about it; without a code (rows of older versions), the whole text
    note_wait_s: int | None = None  # seconds until the next try, at the time of the note
    may_have_cost: bool = False
    credits_estimated: float | None = None
    credits_actual: float | None = None
    result_urls: tuple[str, ...] = ()  # the provider's links, which expire after a day
    reference_urls: tuple[str | None, ...] = ()  # the uploaded references at the provider, None where not yet uploaded
    nonce: str = ""  # in our callback address; identifies a task whose reply was lost
    attempts: int = 0  # steps that failed in a row, for the back-off
    findings: Mapping[str, str] = field(default_factory=dict)  # result number -> SHA-256 of a damaged download
    extra_results: int = 0  # links beyond the number requested, not saved
    shared_provider_task_id: str | None = None  # the provider's id for it that another task has
    sent_at: datetime | None = None
    accepted_at: datetime | None = None
    provider_done_at: datetime | None = None
    completed_at: datetime | None = None
    dismissed_at: datetime | None = None
    due_at: datetime | None = None  # when the engine handles it next; None = never
    retry_of: str | None = None
    hold_code: HoldCode | None = None  # not sent until the user decides
    batch_id: int | None = None  # the batch it was submitted in
    imported_at: datetime | None = None  # when it was found at the provider, not sent from here


@dataclass(frozen=True, slots=True)
class Media:
    """One image or video (read model). Names are file names in the media storage."""

    id: int
    media_type: Modality
    prompt: str
    model: str
    aspect_ratio: str
    task_id: str
    status: Status
    created_at: datetime
    provider: str = ProviderName.KIE
    filename: str | None = None
    file_path: str | None = None
    thumbnail_path: str | None = None  # file name of the small thumbnail (longest side 512 px)
    thumbnail_large_path: str | None = None  # the same at 1,024 px
    poster_path: str | None = None  # first good frame of a video
    duration_s: int | None = None  # stored as `duration`, whole seconds
    width_px: int | None = None
    height_px: int | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    mime_type: str | None = None
    condition: Condition = Condition.OK
    colors: str | None = None  # two mean colors, "rrggbbrrggbb": top and bottom
    variant: int = 0  # index among the task's results, from 0
    is_favorite: bool = False
    parent_id: int | None = None  # the first media item used as its reference; all are in `media_inputs`
    params: Mapping[str, Any] = field(default_factory=dict)
    error_message: str | None = None
    completed_at: datetime | None = None
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SavedFile:
    """One saved result: the values for its media row. Names are file names in the storage."""

    filename: str
    mime_type: str
    size_bytes: int
    sha256: str
    width_px: int | None
    height_px: int | None
    duration_s: float | None
    thumbnail_name: str | None
    thumbnail_large_name: str | None
    poster_name: str | None
    colors: str | None
    media_type: Modality | None = None  # by its bytes; None when they are neither image nor video
    condition: Condition = Condition.OK


@dataclass(frozen=True, slots=True)
class Settings:
    """Defaults of the Generate page, and whether a provider key is saved (never the key)."""

    default_image_model: str = "gpt4o-image"
    default_video_model: str = "veo3_fast"
    default_image_aspect_ratio: str = "1:1"
    default_video_aspect_ratio: str = "16:9"
    default_variant_count: int = 1
    default_video_duration: int = 5
    default_enhance: bool = False
    has_saved_key: bool = False
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a longer list. `next_cursor` is opaque, None at the end; `total` counts all pages."""

    items: tuple[T, ...]
    next_cursor: str | None
    total: int


@dataclass(frozen=True, slots=True)
class TaskChange:
    """A guarded write to one task: applied only while it is in one of `expect` (and, if named, leased to `owner`).

    `fields` maps fields of `Task` to their new values; a new `phase` also sets `status` and the media rows.
    The lease is released unless `keep_lease`.
    """

    task_id: str
    expect: frozenset[Phase]
    fields: Mapping[str, Any]
    owner: str | None = None
    keep_lease: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """A rate limit for the whole account: `rate_per_s` on average, `burst` at once."""

    name: str
    rate_per_s: float
    burst: int
