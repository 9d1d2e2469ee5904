"""The three tables as first released. Existing tables are converted by the next migration."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_STATUSES = "status IN ('pending', 'processing', 'completed', 'failed')"


def _stamp(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.current_timestamp())


def upgrade() -> None:
    """Create what is missing."""
    existing = set(sa.inspect(op.get_bind()).get_table_names())
    if "media" not in existing:
        op.create_table(
            "media",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("media_type", sa.Text, nullable=False),
            sa.Column("prompt", sa.Text, nullable=False),
            sa.Column("model", sa.Text, nullable=False),
            sa.Column("aspect_ratio", sa.Text),
            sa.Column("task_id", sa.Text),
            sa.Column("filename", sa.Text),
            sa.Column("file_path", sa.Text),
            sa.Column("thumbnail_path", sa.Text),
            sa.Column("duration", sa.Integer),
            sa.Column("status", sa.Text, server_default="pending"),
            sa.Column("error_message", sa.Text),
            _stamp("created_at"),
            sa.Column("completed_at", sa.DateTime(timezone=True)),
            sa.CheckConstraint("media_type IN ('image', 'video')", name="media_type"),
            sa.CheckConstraint(_STATUSES, name="status"),
        )
    if "settings" not in existing:
        op.create_table(
            "settings",
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("api_key", sa.Text),
            sa.Column("default_image_model", sa.Text, server_default="gpt4o-image"),
            sa.Column("default_video_model", sa.Text, server_default="veo3_fast"),
            sa.Column("default_image_aspect_ratio", sa.Text, server_default="1:1"),
            sa.Column("default_video_aspect_ratio", sa.Text, server_default="16:9"),
            sa.Column("default_variant_count", sa.Integer, server_default="1"),
            sa.Column("default_video_duration", sa.Integer, server_default="5"),
            _stamp("created_at"),
            _stamp("updated_at"),
            sa.CheckConstraint("id = 1", name="single"),
        )
    if "tasks" not in existing:
        op.create_table(
            "tasks",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("media_id", sa.Integer, sa.ForeignKey("media.id", ondelete="CASCADE")),
            sa.Column("task_id", sa.Text),
            sa.Column("status", sa.Text, server_default="pending"),
            sa.Column("progress", sa.REAL),
            _stamp("created_at"),
            _stamp("updated_at"),
            sa.CheckConstraint(_STATUSES, name="status"),
        )
