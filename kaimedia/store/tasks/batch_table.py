"""The table of batches; their tasks have its id in `tasks.batch_id`."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, false

from kaimedia.store.columns import NOW, UtcDateTime
from kaimedia.store.tables import METADATA

BATCHES = Table(
    "batches",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False, server_default=NOW),
    Column("paused_at", UtcDateTime),
    Column("stopped_at", UtcDateTime),
    Column("dismissed_at", UtcDateTime),
    Column("winner_task_id", Text),
    Column("is_blind", Boolean, nullable=False, server_default=false()),
    Column("voted_at", UtcDateTime),
    Index(None, "created_at", "id"),
    sqlite_autoincrement=True,
)
