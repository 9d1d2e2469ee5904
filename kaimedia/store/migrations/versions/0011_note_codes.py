"""A code and a number for each task's note, which was a sentence before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"

_TASKS = sa.table("tasks", *map(sa.column, ("note_code", "note", "error_code", "error_message", "phase")))


def upgrade() -> None:
    """Two new columns. Old notes keep their text; tasks that failed at a key's own limit get the code."""
    op.add_column("tasks", sa.Column("note_code", sa.Text, nullable=True))
    op.add_column("tasks", sa.Column("note_wait_s", sa.Integer, nullable=True))
    is_at_limit = (_TASKS.c.error_code == "bad_key") & sa.func.lower(_TASKS.c.error_message).contains("limit")
    failed = _TASKS.c.phase == "failed"
    op.execute(_TASKS.update().where(failed, is_at_limit).values(note_code="key_limit_reached", note=""))
