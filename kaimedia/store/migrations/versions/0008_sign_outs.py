"""Sign-ins that were ended by signing out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kaimedia.store.columns import UtcDateTime

revision = "0008"
down_revision = "0006"


def upgrade() -> None:
    """One new table."""
    op.create_table(
        "sign_outs",
        sa.Column("sign_in", sa.String(64), nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("sign_in", name="pk_sign_outs"),
    )
    op.create_index("ix_sign_outs_ended_at", "sign_outs", ["ended_at"])
