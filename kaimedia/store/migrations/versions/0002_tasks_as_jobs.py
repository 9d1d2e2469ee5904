"""Tasks become jobs: frozen inputs, phases, leases, prices; file facts for media; token buckets.

The three tables are rebuilt and their rows copied, so that hand-made tables, whatever their
column types, end up with exactly the same schema as new ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from kaimedia.errors import ConfigError
from kaimedia.store.migrations import adoption

revision = "0002"
down_revision = "0001"

_CHUNK = 500
_STATUSES = "status IN ('pending', 'processing', 'completed', 'failed')"
_IN_GALLERY = "status = 'completed' AND deleted_at IS NULL"
_SHOWN = "status <> 'completed' AND dismissed_at IS NULL"
_REAL: sa.types.TypeEngine[float] = sa.REAL().with_variant(sa.Double(), "postgresql")
_JSON: sa.types.TypeEngine[Any] = sa.JSON().with_variant(JSONB(), "postgresql")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Copy the old tables aside, create the new ones, copy the rows, and drop the old tables."""
    connection = op.get_bind()
    _refuse_foreign_tables(connection)
    for name in ("tasks", "media", "settings"):
        op.execute(f"CREATE TABLE old_{name} AS SELECT * FROM {name}")
        op.drop_table(name)
    tables = _media(), _tasks(), _settings()
    _pace()
    _copy(connection, *tables)
    for name in ("tasks", "media", "settings"):
        op.drop_table(f"old_{name}")
    _indexes()


def _refuse_foreign_tables(connection: sa.Connection) -> None:
    inspector = sa.inspect(connection)
    for table, needed in adoption.NEEDED.items():
        found = {column["name"] for column in inspector.get_columns(table)}
        if missing := needed - found:
            raise ConfigError(
                f"The database has a table `{table}` that is not ours: it lacks {', '.join(sorted(missing))}.",
                setting="KAIMEDIA_DATABASE_URL",
                next_step="Use another database, or rename that table.",
            )


def _text(name: str, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=None if default is None else sa.text(f"'{default}'"))


def _stamp(name: str) -> sa.Column[datetime]:
    return sa.Column(name, _MOMENT, nullable=False, server_default=sa.text("CURRENT_TIMESTAMP"))


def _number(name: str, default: int) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default=sa.text(str(default)))


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())


def _json(name: str, default: str) -> sa.Column[Any]:
    return sa.Column(name, _JSON, nullable=False, server_default=sa.text(f"'{default}'"))


def _optional(type_: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, type_, nullable=True) for name in names]


def _media() -> sa.Table:
    return op.create_table(
        "media",
        sa.Column("id", sa.Integer, nullable=False),
        _text("media_type"),
        _text("prompt"),
        _text("model"),
        _text("aspect_ratio", ""),
        _text("task_id", ""),
        *_optional(sa.Text, "filename", "file_path", "thumbnail_path"),
        *_optional(sa.Integer, "duration"),
        _text("status", "pending"),
        *_optional(sa.Text, "error_message"),
        _stamp("created_at"),
        *_optional(_MOMENT, "completed_at"),
        _text("provider", "kie"),
        _number("variant", 0),
        _json("params", "{}"),
        *_optional(sa.Integer, "parent_id"),
        _flag("is_favorite"),
        *_optional(sa.Text, "thumbnail_large_path", "poster_path"),
        *_optional(sa.Integer, "width_px", "height_px"),
        *_optional(sa.BigInteger, "size_bytes"),
        *_optional(sa.Text, "sha256", "mime_type", "colors"),
        *_optional(_MOMENT, "deleted_at"),
        sa.PrimaryKeyConstraint("id", name="pk_media"),
        sa.CheckConstraint("media_type IN ('image', 'video')", name=op.f("ck_media_media_type")),
        sa.CheckConstraint(_STATUSES, name=op.f("ck_media_status")),
        sqlite_autoincrement=True,
    )


def _tasks() -> sa.Table:
    return op.create_table(
        "tasks",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("media_id", sa.Integer, nullable=False),
        _text("task_id"),
        _text("status", "pending"),
        *_optional(_REAL, "progress"),
        _stamp("created_at"),
        _stamp("updated_at"),
        _text("modality", "image"),
        _text("model", ""),
        _text("provider", "kie"),
        _json("request", "{}"),
        _text("phase", "done"),
        *_optional(sa.Text, "provider_task_id", "error_code", "error_message", "note"),
        _flag("may_have_cost"),
        *_optional(_REAL, "credits_estimated", "credits_actual"),
        _json("result_urls", "[]"),
        *_optional(sa.Text, "reference_url", "nonce"),
        _number("attempts", 0),
        *_optional(_MOMENT, "sent_at", "accepted_at", "provider_done_at", "completed_at", "dismissed_at", "due_at"),
        *_optional(sa.Text, "owner"),
        *_optional(_MOMENT, "lease_until"),
        *_optional(sa.Text, "retry_of"),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
        sa.CheckConstraint(_STATUSES, name=op.f("ck_tasks_status")),
        sa.UniqueConstraint("task_id", name="uq_tasks_task_id"),
        sa.UniqueConstraint("nonce", name="uq_tasks_nonce"),
        sa.UniqueConstraint("provider", "provider_task_id", name="uq_tasks_provider_provider_task_id"),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name="fk_tasks_media_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )


def _settings() -> sa.Table:
    return op.create_table(
        "settings",
        sa.Column("id", sa.Integer, nullable=False, server_default=sa.text("1"), autoincrement=False),
        *_optional(sa.Text, "api_key"),
        _text("default_image_model", "gpt4o-image"),
        _text("default_video_model", "veo3_fast"),
        _text("default_image_aspect_ratio", "1:1"),
        _text("default_video_aspect_ratio", "16:9"),
        _number("default_variant_count", 1),
        _number("default_video_duration", 5),
        _stamp("created_at"),
        _stamp("updated_at"),
        _flag("default_enhance"),
        sa.PrimaryKeyConstraint("id", name="pk_settings"),
        sa.CheckConstraint("id = 1", name=op.f("ck_settings_single")),
    )


def _pace() -> None:
    op.create_table(
        "pace",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("tokens", _REAL, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_pace"),
    )


def _indexes() -> None:
    plain = (
        ("ix_media_task_id_variant", "media", ["task_id", "variant"]),
        ("ix_tasks_media_id", "tasks", ["media_id"]),
        ("ix_tasks_phase_due_at", "tasks", ["phase", "due_at"]),
        ("ix_tasks_provider_sent_at", "tasks", ["provider", "sent_at"]),
        ("ix_tasks_owner", "tasks", ["owner"]),
        ("ix_tasks_created_at_id", "tasks", ["created_at", "id"]),
        ("ix_tasks_status_created_at_id", "tasks", ["status", "created_at", "id"]),
    )
    for name, table, columns in plain:
        op.create_index(name, table, columns)
    partial = (
        ("ix_media_gallery", "media", ["created_at", "id"], _IN_GALLERY),
        ("ix_media_gallery_type", "media", ["media_type", "created_at", "id"], _IN_GALLERY),
        ("ix_media_gallery_model", "media", ["model", "created_at", "id"], _IN_GALLERY),
        ("ix_media_deleted_at", "media", ["deleted_at"], "deleted_at IS NOT NULL"),
        ("ix_tasks_shown", "tasks", ["created_at", "id"], _SHOWN),
    )
    for name, table, columns, where in partial:
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _copy(connection: sa.Connection, media: sa.Table, tasks: sa.Table, settings: sa.Table) -> None:
    now = datetime.now(UTC)
    task_of = {row["media_id"]: row["task_id"] for row in _old(connection, "tasks")}
    known: dict[int, Mapping[str, Any]] = {}
    for chunk in _chunks(adoption.media_rows(_old(connection, "media"), task_of, now)):
        connection.execute(media.insert(), chunk)
        known |= {row["id"]: row for row in chunk}
    for chunk in _chunks(adoption.task_rows(_old(connection, "tasks"), known, now)):
        connection.execute(tasks.insert(), chunk)
    connection.execute(settings.insert(), adoption.settings_row(_old(connection, "settings"), now))
    if connection.dialect.name == "postgresql":
        for name in ("media", "tasks"):
            # The copied ids did not advance the new sequence.
            top = f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name} HAVING max(id) > 0"
            connection.execute(sa.text(top))


def _old(connection: sa.Connection, name: str) -> Iterator[Mapping[str, Any]]:
    result = connection.execute(sa.text(f"SELECT * FROM old_{name} ORDER BY id"))
    return (dict(row) for row in result.mappings())


def _chunks(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    rows = iter(rows)
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk
