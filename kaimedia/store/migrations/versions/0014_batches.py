"""Tasks submitted together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kaimedia.store.columns import UtcDateTime

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """A new table, and a column that points to it."""
    op.create_table(
        "batches",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False, server_default=sa.text("CURRENT_TIMESTAMP")),
        sa.Column("paused_at", UtcDateTime),
        sa.Column("stopped_at", UtcDateTime),
        sa.Column("dismissed_at", UtcDateTime),
        sa.Column("winner_task_id", sa.Text),
        sa.Column("is_blind", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("voted_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_batches_created_at_id", "batches", ["created_at", "id"])
    op.add_column("tasks", sa.Column("batch_id", sa.Integer))
    op.add_column("tasks", sa.Column("is_paused", sa.Boolean, nullable=False, server_default=sa.false()))
    where = sa.text("batch_id IS NOT NULL")
    op.create_index("ix_tasks_batch_id", "tasks", ["batch_id"], sqlite_where=where, postgresql_where=where)
