"""The tables of outgoing webhooks."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint, text

from kaimedia.store.columns import UtcDateTime, json_value
from kaimedia.store.tables import METADATA

DUE = "due_at IS NOT NULL"  # condition of the partial index
_ID = BigInteger().with_variant(Integer(), "sqlite")

ENDPOINTS = Table(
    "webhook_endpoints",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("url", Text, nullable=False),  # ciphertext
    Column("secret", Text),  # ciphertext
    Column("is_from_settings", Boolean, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("paused_at", UtcDateTime),
    sqlite_autoincrement=True,
)
# The outbox: one row for each event and endpoint, written in the transaction of the change it reports.
DELIVERIES = Table(
    "webhook_deliveries",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("endpoint_id", Integer, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("task_id", Text, nullable=False),  # "" = not about a task; it may be deleted by now
    Column("data", json_value(), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("give_up_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),  # moved ahead by a claim, so that only one process sends it
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("last_attempt_at", UtcDateTime),
    Column("delivered_at", UtcDateTime),
    Column("http_status", Integer),
    Column("problem", Text),
    UniqueConstraint("event_id", "endpoint_id"),
    Index(
        "ix_webhook_deliveries_due",
        *("endpoint_id", "due_at", "id"),
        sqlite_where=text(DUE),
        postgresql_where=text(DUE),
    ),
    Index(None, "at"),
    sqlite_autoincrement=True,
)
