"""The REST API: idempotency keys, and the hash of its bearer token."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """One new table, three new columns; nothing is copied."""
    op.create_table(
        "idempotency",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("body_sha256", sa.Text, nullable=False),
        sa.Column("task_id", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_idempotency"),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"])
    op.add_column("settings", sa.Column("api_token_sha256", sa.Text, nullable=True))
    op.add_column("settings", sa.Column("api_token_hint", sa.Text, nullable=True))
    op.add_column("settings", sa.Column("api_token_made_at", _MOMENT, nullable=True))
