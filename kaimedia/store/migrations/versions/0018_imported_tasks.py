"""When a task was imported by its id at the provider."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kaimedia.store.columns import UtcDateTime

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """A new column."""
    op.add_column("tasks", sa.Column("imported_at", UtcDateTime))
