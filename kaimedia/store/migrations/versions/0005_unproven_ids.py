"""Whether a task's provider id is unproven: typed by the user, or from an unsigned callback."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """One new column; existing ids count as proven."""
    op.add_column("tasks", sa.Column("is_id_unproven", sa.Boolean, nullable=False, server_default=sa.false()))
