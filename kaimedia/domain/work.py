"""What is asked, what came of it, what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

T = TypeVar("T")


# Nothing is put off for longer, and no lease runs longer. A time in a row that lies further ahead comes from a clock
# that was wrong when it was written, and counts as over.
LONGEST_WAIT_S = 900.0
LONGEST_LEASE_S = 900.0


def utc_now() -> datetime:
    """The present moment, aware, UTC."""
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
    """Where exactly a task stands; each phase belongs to one `Status`."""

    PREPARING = "preparing"  # pending: the reference image is still to be checked and uploaded; free
    QUEUED = "queued"  # pending: ready to be sent; cancelling is free
    SENDING = "sending"  # processing: the paid call is under way or its reply was lost in a crash
    WAITING = "waiting"  # processing: accepted, in the provider's line
    GENERATING = "generating"  # processing: the provider works on it
    SAVING = "saving"  # processing: made; we are fetching the files
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


class ErrorCode(StrEnum):
    """Why a task failed, as stored in `tasks.error_code`."""

    REJECTED = "rejected"
    MODERATED = "moderated"
    NO_CREDITS = "no_credits"
    BAD_KEY = "bad_key"
    BAD_REFERENCE = "bad_reference"
    RETIRED_MODEL = "retired_model"
    PROVIDER_FAILED = "provider_failed"
    EXPIRED = "expired"  # past the model's deadline; may still finish, can be watched again
    NOT_SAVED = "not_saved"  # made and paid, but the files could not be kept
    OUTCOME_UNKNOWN = "outcome_unknown"  # sent, reply lost: may be paid, never sent again by itself
    CANCELLED = "cancelled"


class HoldCode(StrEnum):
    """Why a task that was not sent waits for a person, as stored in `tasks.hold_code`."""

    COPY = "copy"  # this database is a copy: the original may have sent and paid it already


class CopyReason(StrEnum):
    """How it was found that a database is a copy of another, or was set back to an earlier state."""

    MARKED = "marked"  # made by `backup`, or put aside by a restore
    BEHIND = "behind"  # more tasks were sent from here than it knows of
    ELSEWHERE = "elsewhere"  # another file or another server than it was written on


class Condition(StrEnum):
    """What is to be said about a stored file, as in `media.condition`."""

    OK = "ok"
    DAMAGED = "damaged"  # it lacks its end or cannot be read as a whole; no better one could be fetched
    UNSHOWABLE = "unshowable"  # whole, but of a kind that browsers do not show
    MISSING = "missing"  # never stored: found out when somebody looks, the file is no longer where it was put


class ProviderKind(StrEnum):
    """Who a task is sent to; frozen in the task, so that a saved key never moves running work."""

    KIE = "kie"
    SANDBOX = "sandbox"


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference image: a checked file we hold, or a link still to be fetched.

    Exactly one of `filename` (a name in the reference folder) and `url` is set. `media_id` names the gallery
    item it was taken from, where it was.
    """

    filename: str | None = None
    url: str | None = None
    media_id: int | None = None

    def __post_init__(self) -> None:
        if (self.filename is None) == (self.url is None):
            raise ValueError("a reference is either a stored file or a link")


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One generation as asked for; validated by `ModelSpec.validate` and then frozen in the task.

    `params` holds the model's own fields by name (`quality`, `negative_prompt`, …), JSON values only.
    `duration_s` is whole seconds, None for images. `variants` is the number of pictures asked for, 1–4.
    """

    model: str
    prompt: str
    aspect_ratio: str
    variants: int = 1
    duration_s: int | None = None
    enhance: bool = False
    reference: Reference | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Task:
    """One generation asked for and what came of it (read model)."""

    task_id: str  # ours, 32 hex digits
    modality: Modality
    model: str
    provider: ProviderKind
    request: GenerationRequest
    status: Status
    phase: Phase
    progress: float | None  # 0–1 as the provider tells it, else None
    media_ids: tuple[int, ...]
    created_at: datetime
    updated_at: datetime
    provider_task_id: str | None = None
    is_id_unproven: bool = False  # that id was typed or told by an unsigned callback, and no record was seen yet
    error_code: ErrorCode | None = None
    error_message: str | None = None
    note: str | None = None  # what is going on, when it is not plain: "Sending again in 20 s: …"
    may_have_cost: bool = False
    credits_estimated: float | None = None
    credits_actual: float | None = None
    result_urls: tuple[str, ...] = ()  # the provider's links, dead after a day
    reference_url: str | None = None  # where the provider finds the uploaded reference
    nonce: str = ""  # in our callback address; adopts a task whose reply was lost
    attempts: int = 0  # steps that failed in a row, for the back-off
    findings: Mapping[str, str] = field(default_factory=dict)  # result number -> SHA-256 of a damaged arrival
    extra_results: int = 0  # links beyond the number asked for, not saved
    shared_provider_task_id: str | None = None  # the id in kie.ai's reply, when another task has it already
    sent_at: datetime | None = None
    accepted_at: datetime | None = None
    provider_done_at: datetime | None = None
    completed_at: datetime | None = None
    dismissed_at: datetime | None = None
    due_at: datetime | None = None  # when the engine looks next; None = never
    retry_of: str | None = None
    hold_code: HoldCode | None = None  # not sent before a person says so


@dataclass(frozen=True, slots=True)
class Media:
    """One picture or clip (read model). Names are file names in the media storage."""

    id: int
    media_type: Modality
    prompt: str
    model: str
    aspect_ratio: str
    task_id: str
    status: Status
    created_at: datetime
    provider: ProviderKind = ProviderKind.KIE
    filename: str | None = None
    file_path: str | None = None
    thumbnail_path: str | None = None  # file name of the small thumbnail (longest side 512 px)
    thumbnail_large_path: str | None = None  # the same at 1,024 px
    poster_path: str | None = None  # first good frame of a clip
    duration_s: int | None = None  # stored as `duration`, whole seconds
    width_px: int | None = None
    height_px: int | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    mime_type: str | None = None
    condition: Condition = Condition.OK
    colors: str | None = None  # two mean colours, "rrggbbrrggbb": top and bottom
    variant: int = 0  # place among the task's results, from 0
    is_favorite: bool = False
    parent_id: int | None = None  # the media used as its reference
    params: Mapping[str, Any] = field(default_factory=dict)
    error_message: str | None = None
    completed_at: datetime | None = None
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SavedFile:
    """One result after saving: facts for the media row. Names are file names in the storage."""

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
    media_type: Modality | None = None  # what the bytes are, None where they are neither image nor video
    condition: Condition = Condition.OK


@dataclass(frozen=True, slots=True)
class Settings:
    """What Generate starts with, and whether a provider key is saved (never the key)."""

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

    `fields` are names of `Task` with their new values; a new `phase` sets `status` and the media rows with it.
    The lease is given back unless `keep_lease`.
    """

    task_id: str
    expect: frozenset[Phase]
    fields: Mapping[str, Any]
    owner: str | None = None
    keep_lease: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """A rate held for the whole account: `rate_per_s` on average, `burst` at once."""

    name: str
    rate_per_s: float
    burst: int
