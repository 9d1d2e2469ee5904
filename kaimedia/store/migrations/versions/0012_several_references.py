"""Several inputs for one task, and which media items they were taken from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kaimedia.store.columns import json_value

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Uploaded links become a list; `media_inputs` starts with the single parent each item has."""
    op.add_column(
        "tasks", sa.Column("reference_urls", json_value(), nullable=False, server_default=sa.text("'[]'"))
    )
    op.create_table(
        "media_inputs",
        sa.Column(
            "media_id",
            sa.Integer,
            sa.ForeignKey("media.id", ondelete="CASCADE", name="fk_media_inputs_media_id"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("parent_id", sa.Integer, nullable=False),  # may be deleted by now
        sa.Column("role", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("media_id", "position", name="pk_media_inputs"),
    )
    op.create_index("ix_media_inputs_parent_id", "media_inputs", ["parent_id"])
    op.execute(
        "INSERT INTO media_inputs (media_id, position, parent_id, role) SELECT id, 0, parent_id, "
        "CASE media_type WHEN 'video' THEN 'first_frame' ELSE 'reference' END FROM media WHERE parent_id IS NOT NULL"
    )
