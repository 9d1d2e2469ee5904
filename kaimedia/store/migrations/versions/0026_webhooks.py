"""Outgoing webhooks: where events are sent, and the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kaimedia.store.columns import UtcDateTime, json_value

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Two new tables."""
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("secret", sa.Text),
        sa.Column("is_from_settings", sa.Boolean, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("paused_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoints"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("endpoint_id", sa.Integer, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("task_id", sa.Text, nullable=False),
        sa.Column("data", json_value(), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("give_up_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("last_attempt_at", UtcDateTime),
        sa.Column("delivered_at", UtcDateTime),
        sa.Column("http_status", sa.Integer),
        sa.Column("problem", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
        sa.UniqueConstraint("event_id", "endpoint_id", name="uq_webhook_deliveries_event_id_endpoint_id"),
        sqlite_autoincrement=True,
    )
    due = sa.text("due_at IS NOT NULL")
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["endpoint_id", "due_at", "id"],
        sqlite_where=due,
        postgresql_where=due,
    )
    op.create_index("ix_webhook_deliveries_at", "webhook_deliveries", ["at"])
