"""Days counted for rows that will be removed by age."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kaimedia.store.columns import UtcDateTime

revision = "0009"
down_revision = "0007"


def upgrade() -> None:
    """One new table; counting starts with the next housekeeping run."""
    op.create_table(
        "observed_days",
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("row_key", sa.Text, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("counted_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("what", "row_key", name="pk_observed_days"),
    )
