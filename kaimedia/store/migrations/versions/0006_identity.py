"""The database's identity, how many tasks were sent from it, and tasks held because it is a copy."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kaimedia.store.columns import UtcDateTime, json_value

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """One new column and one new table; its row is inserted when the database is opened."""
    op.add_column("tasks", sa.Column("hold_code", sa.Text))
    held = sa.text("hold_code IS NOT NULL")
    op.create_index("ix_tasks_held", "tasks", ["created_at", "id"], sqlite_where=held, postgresql_where=held)
    op.create_table(
        "database_identity",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False, server_default=sa.text("1")),
        sa.Column("database_id", sa.Text, nullable=False),
        sa.Column("sends", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("place", json_value(), nullable=False, server_default=sa.text("'{}'")),
        sa.Column("copy_reason", sa.Text),
        sa.Column("copy_found_at", UtcDateTime),
        sa.Column("unknown_sends", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_database_identity"),
        sa.CheckConstraint("id = 1", name="ck_database_identity_single"),
    )
