"""Which results are fetched again while the names of their files are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """A new column."""
    op.add_column("media", sa.Column("awaits_file", sa.Boolean, nullable=False, server_default=sa.false()))
