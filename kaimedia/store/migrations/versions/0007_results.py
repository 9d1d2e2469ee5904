"""The condition of stored files, damaged downloads seen so far, unsaved extra results, and duplicate provider ids."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kaimedia.store.columns import json_value

revision = "0007"
down_revision = "0008"


def upgrade() -> None:
    """Four new columns; existing files count as intact."""
    op.add_column("media", sa.Column("condition", sa.Text, nullable=False, server_default=sa.text("'ok'")))
    op.add_column("tasks", sa.Column("findings", json_value(), nullable=False, server_default=sa.text("'{}'")))
    op.add_column("tasks", sa.Column("extra_results", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("tasks", sa.Column("shared_provider_task_id", sa.Text))
