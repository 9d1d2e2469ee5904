"""Which versions may use these tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """A new table with one row: code whose newest migration is older than `oldest` must not run."""
    table = op.create_table(
        "schema_compatibility",
        sa.Column("oldest", sa.String(4), nullable=False),
        sa.PrimaryKeyConstraint("oldest", name="pk_schema_compatibility"),
    )
    op.bulk_insert(table, [{"oldest": "0025"}])
