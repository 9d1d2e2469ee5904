"""Models marked as favorites."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kaimedia.store.columns import UtcDateTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """One new table."""
    op.create_table(
        "favorite_models",
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("model", name="pk_favorite_models"),
    )
