"""Requests that no response has answered completely yet, so that repeating one does not pay twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kaimedia.store.columns import UtcDateTime

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """A new table."""
    op.create_table(
        "unanswered_requests",
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("request", name="pk_unanswered_requests"),
    )
