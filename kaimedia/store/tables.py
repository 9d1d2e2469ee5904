"""The tables: `media` with tags and collections, `tasks`, `settings`, `pace` and `idempotency`.

External scripts insert only the first columns of `media`, `tasks` and `settings`, so every other one has a default.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from kaimedia.store.columns import (
    UtcDateTime,
    count_column,
    flag_column,
    json_column,
    real,
    text_column,
    time_column,
)

STATUSES = "status IN ('pending', 'processing', 'completed', 'failed')"
# Conditions of partial indexes; queries must repeat them exactly, or the planner does not use the index.
IN_GALLERY = "status = 'completed' AND deleted_at IS NULL"
FAVORITE = f"{IN_GALLERY} AND is_favorite"
WORKING = "status IN ('pending', 'processing') AND deleted_at IS NULL"
BROKEN = "status = 'failed' AND deleted_at IS NULL"
IN_TRASH = "deleted_at IS NOT NULL"
HELD = "hold_code IS NOT NULL"
IN_BATCH = "batch_id IS NOT NULL"
SHOWN = "status <> 'completed' AND dismissed_at IS NULL"
# Everything id indexes and counts need, so that they read only an index and no rows.
INDEXED = ("created_at", "id", "is_favorite", "width_px", "height_px", "aspect_ratio")

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMES))):
    """Base class of our rows, with separate metadata, so that loading a module twice does not define a table twice."""


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class MediaRow(Row, table=True):
    """One image or video, including unfinished ones."""

    __tablename__ = "media"
    __table_args__ = (
        CheckConstraint("media_type IN ('image', 'video')", name="media_type"),
        CheckConstraint(STATUSES, name="status"),
        Index(None, "task_id", "variant"),
        _partial("ix_media_deleted_at", "deleted_at", where=IN_TRASH),
        _partial("ix_media_gallery", *INDEXED, "media_type", where=IN_GALLERY),
        _partial("ix_media_gallery_type", "media_type", *INDEXED, where=IN_GALLERY),
        _partial("ix_media_gallery_model", "model", *INDEXED, "media_type", where=IN_GALLERY),
        _partial("ix_media_gallery_longest", "duration", *INDEXED, "media_type", where=IN_GALLERY),
        _partial("ix_media_favorite", "created_at", "id", where=FAVORITE),
        _partial("ix_media_working", "created_at", "id", where=WORKING),
        _partial("ix_media_broken", "created_at", "id", where=BROKEN),
        Index(None, "filename"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    media_type: str = Field(sa_column=text_column())
    prompt: str = Field(sa_column=text_column())
    model: str = Field(sa_column=text_column())
    aspect_ratio: str = Field(sa_column=text_column(""))
    task_id: str = Field(sa_column=text_column(""))
    filename: str | None = Field(default=None, sa_type=Text)
    file_path: str | None = Field(default=None, sa_type=Text)
    thumbnail_path: str | None = Field(default=None, sa_type=Text)
    duration: int | None = None
    status: str = Field(default="pending", sa_column=text_column("pending"))
    error_message: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_column=time_column())
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    provider: str = Field(default="kie", sa_column=text_column("kie"))
    variant: int = Field(default=0, sa_column=count_column(0))
    params: dict[str, Any] = Field(default_factory=dict, sa_column=json_column("{}"))
    parent_id: int | None = None
    is_favorite: bool = Field(default=False, sa_column=flag_column())
    thumbnail_large_path: str | None = Field(default=None, sa_type=Text)
    poster_path: str | None = Field(default=None, sa_type=Text)
    width_px: int | None = None
    height_px: int | None = None
    size_bytes: int | None = Field(default=None, sa_type=BigInteger)
    sha256: str | None = Field(default=None, sa_type=Text)
    mime_type: str | None = Field(default=None, sa_type=Text)
    condition: str = Field(default="ok", sa_column=text_column("ok"))
    awaits_file: bool = Field(default=False, sa_column=flag_column())  # fetched again; the names stay until then
    colors: str | None = Field(default=None, sa_type=Text)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class TaskRow(Row, table=True):
    """One generation task; the row is also the job.

    `phase` defaults to `done` and `due_at` to NULL in the database: a row inserted by hand is never sent.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint(STATUSES, name="status"),
        UniqueConstraint("task_id"),
        UniqueConstraint("nonce"),
        UniqueConstraint("provider", "provider_task_id"),
        Index(None, "media_id"),
        Index(None, "phase", "due_at"),
        Index(None, "provider", "sent_at"),
        Index(None, "owner"),
        Index(None, "created_at", "id"),
        Index(None, "status", "created_at", "id"),
        _partial("ix_tasks_shown", "created_at", "id", where=SHOWN),
        _partial("ix_tasks_held", "created_at", "id", where=HELD),
        _partial("ix_tasks_batch_id", "batch_id", where=IN_BATCH),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    media_id: int = Field(sa_column=Column(Integer, ForeignKey("media.id", ondelete="CASCADE"), nullable=False))
    task_id: str = Field(sa_column=text_column())
    status: str = Field(default="pending", sa_column=text_column("pending"))
    progress: float | None = Field(default=None, sa_column=Column(real(), nullable=True))
    created_at: datetime = Field(sa_column=time_column())
    updated_at: datetime = Field(sa_column=time_column())

    modality: str = Field(default="image", sa_column=text_column("image"))
    model: str = Field(default="", sa_column=text_column(""))
    provider: str = Field(default="kie", sa_column=text_column("kie"))
    request: dict[str, Any] = Field(default_factory=dict, sa_column=json_column("{}"))
    phase: str = Field(default="done", sa_column=text_column("done"))
    provider_task_id: str | None = Field(default=None, sa_type=Text)
    is_id_unproven: bool = Field(default=False, sa_column=flag_column())
    error_code: str | None = Field(default=None, sa_type=Text)
    error_message: str | None = Field(default=None, sa_type=Text)
    note_code: str | None = Field(default=None, sa_type=Text)
    note: str | None = Field(default=None, sa_type=Text)
    note_wait_s: int | None = Field(default=None, sa_type=Integer)
    may_have_cost: bool = Field(default=False, sa_column=flag_column())
    credits_estimated: float | None = Field(default=None, sa_column=Column(real(), nullable=True))
    credits_actual: float | None = Field(default=None, sa_column=Column(real(), nullable=True))
    result_urls: list[str] = Field(default_factory=list, sa_column=json_column("[]"))
    reference_url: str | None = Field(default=None, sa_type=Text)  # of earlier versions
    reference_urls: list[str | None] = Field(default_factory=list, sa_column=json_column("[]"))
    nonce: str | None = Field(default=None, sa_type=Text)
    attempts: int = Field(default=0, sa_column=count_column(0))
    findings: dict[str, str] = Field(default_factory=dict, sa_column=json_column("{}"))
    extra_results: int = Field(default=0, sa_column=count_column(0))
    shared_provider_task_id: str | None = Field(default=None, sa_type=Text)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    provider_done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    dismissed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    owner: str | None = Field(default=None, sa_type=Text)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    retry_of: str | None = Field(default=None, sa_type=Text)
    hold_code: str | None = Field(default=None, sa_type=Text)
    batch_id: int | None = None
    is_paused: bool = Field(default=False, sa_column=flag_column())
    imported_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SettingsRow(Row, table=True):
    """The single row of settings; `api_key` is ciphertext, and only a hash of the API token is stored."""

    __tablename__ = "settings"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: int = Field(
        default=1, sa_column=Column(Integer, primary_key=True, autoincrement=False, server_default=text("1"))
    )
    api_key: str | None = Field(default=None, sa_type=Text)
    default_image_model: str = Field(default="gpt4o-image", sa_column=text_column("gpt4o-image"))
    default_video_model: str = Field(default="veo3_fast", sa_column=text_column("veo3_fast"))
    default_image_aspect_ratio: str = Field(default="1:1", sa_column=text_column("1:1"))
    default_video_aspect_ratio: str = Field(default="16:9", sa_column=text_column("16:9"))
    default_variant_count: int = Field(default=1, sa_column=count_column(1))
    default_video_duration: int = Field(default=5, sa_column=count_column(5))
    created_at: datetime = Field(sa_column=time_column())
    updated_at: datetime = Field(sa_column=time_column())

    default_enhance: bool = Field(default=False, sa_column=flag_column())
    api_token_sha256: str | None = Field(default=None, sa_type=Text)
    api_token_hint: str | None = Field(default=None, sa_type=Text)
    api_token_made_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PaceRow(Row, table=True):
    """One token bucket, shared by every process on this database."""

    __tablename__ = "pace"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    tokens: float = Field(sa_column=Column(real(), nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class IdempotencyRow(Row, table=True):
    """The idempotency key a task was created with; may outlive the task."""

    __tablename__ = "idempotency"
    __table_args__ = (Index(None, "created_at"),)

    key: str = Field(sa_column=Column(Text, primary_key=True))
    body_sha256: str = Field(sa_column=text_column())
    task_id: str = Field(sa_column=text_column())
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class MediaTagRow(Row, table=True):
    """A tag of an item; `folded` is equal for all spellings of a tag."""

    __tablename__ = "media_tags"
    __table_args__ = (Index(None, "folded", "media_id"),)

    media_id: int = Field(sa_column=Column(Integer, ForeignKey("media.id", ondelete="CASCADE"), primary_key=True))
    folded: str = Field(sa_column=Column(Text, primary_key=True))
    name: str = Field(sa_column=text_column())


class MediaInputRow(Row, table=True):
    """One gallery item that another was made from; that item (`parent_id`) may be deleted by now."""

    __tablename__ = "media_inputs"
    __table_args__ = (Index(None, "parent_id"),)

    media_id: int = Field(sa_column=Column(Integer, ForeignKey("media.id", ondelete="CASCADE"), primary_key=True))
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    parent_id: int
    role: str = Field(sa_column=text_column())


class CollectionRow(Row, table=True):
    """A named set of items."""

    __tablename__ = "collections"
    __table_args__ = (UniqueConstraint("folded"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_column=text_column())
    folded: str = Field(sa_column=text_column())
    created_at: datetime = Field(sa_column=time_column())


class CollectionMediaRow(Row, table=True):
    """Membership of an item in a collection."""

    __tablename__ = "collection_media"
    __table_args__ = (Index(None, "media_id"),)

    collection_id: int = Field(
        sa_column=Column(Integer, ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True)
    )
    media_id: int = Field(sa_column=Column(Integer, ForeignKey("media.id", ondelete="CASCADE"), primary_key=True))


class GalleryChangeRow(Row, table=True):
    """How often the gallery changed, counted by triggers: one row on SQLite, one per server process on PostgreSQL."""

    __tablename__ = "gallery_changes"

    slot: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    number: int = Field(sa_column=Column(BigInteger, nullable=False))


METADATA = Row.metadata
MEDIA = METADATA.tables["media"]
TASKS = METADATA.tables["tasks"]
SETTINGS = METADATA.tables["settings"]
PACE, IDEMPOTENCY = METADATA.tables["pace"], METADATA.tables["idempotency"]
MEDIA_INPUTS = METADATA.tables["media_inputs"]
MEDIA_TAGS = METADATA.tables["media_tags"]
COLLECTIONS, COLLECTION_MEDIA = METADATA.tables["collections"], METADATA.tables["collection_media"]
GALLERY_CHANGES = METADATA.tables["gallery_changes"]
