"""The providers' own price lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kaimedia.store.columns import UtcDateTime, json_value

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """A new table."""
    op.create_table(
        "price_lists",
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("rows", json_value(), nullable=False),
        sa.Column("started_at", UtcDateTime),
        sa.Column("checked_at", UtcDateTime),
        sa.Column("failed_at", UtcDateTime),
        sa.Column("failure", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("provider", name="pk_price_lists"),
    )
