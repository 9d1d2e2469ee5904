"""Whether the provider's id of a task is only what somebody said: typed, or told by an unsigned callback."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """One new column; ids known so far count as the provider's own."""
    op.add_column("tasks", sa.Column("is_id_unproven", sa.Boolean, nullable=False, server_default=sa.false()))
