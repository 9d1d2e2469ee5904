"""The tables about money: the ledger, its sums, spending limits, and the balances that providers reported.

Triggers refuse every change of an entry of the ledger, and add each new one to the sums. A migration that has to
rebuild the ledger must make them again.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, text

from kaimedia.store.columns import UtcDateTime, real
from kaimedia.store.tables import METADATA

_ID = BigInteger().with_variant(Integer(), "sqlite")

LEDGER = Table(
    "ledger",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("task_id", Text, nullable=False),  # no foreign key: entries outlive their task
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("modality", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("credits", real(), nullable=False),
    Column("usd", real()),
    Column("usd_per_credit", real()),  # the rate when the task was created, the same in all its entries
    Column("at", UtcDateTime, nullable=False),
    Column("task_created_at", UtcDateTime, nullable=False),  # limits count a task on the day it was created
    Column("token_id", Text, nullable=False, server_default=text("''")),
    Column("note_code", Text),
    Index(None, "task_id"),
    Index(None, "at", "id"),
    Index(None, "provider", "task_created_at"),
    Index(None, "provider", "at", "kind", "credits"),
    Index(
        "ix_ledger_noted",
        *("provider", "task_created_at"),
        sqlite_where=text("note_code IS NOT NULL"),
        postgresql_where=text("note_code IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)
# Running totals of the ledger, so that nobody has to read all of it. On PostgreSQL each connection adds to rows of its
# own (`slot`): two transactions never wait for each other here.
LEDGER_SUMS = Table(
    "ledger_sums",
    METADATA,
    Column("quarter", Integer, nullable=False, autoincrement=False),  # of an hour since 1970, of the task's creation
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("modality", Text, nullable=False),
    Column("token_id", Text, nullable=False),
    Column("slot", Integer, nullable=False, autoincrement=False),
    Column("tasks", Integer, nullable=False),  # with a charge, or counted as lost
    Column("credits", real(), nullable=False),  # charged, less refunds, and counted as lost
    Column("usd", real(), nullable=False),
    Column("reserved", real(), nullable=False),  # credits
    Column("usd_reserved", real(), nullable=False),
    PrimaryKeyConstraint("quarter", "provider", "model", "modality", "token_id", "slot", name="pk_ledger_sums"),
    sqlite_with_rowid=False,  # stored in the order of its key, in which it is read
)
LIMITS = Table(
    "limits",
    METADATA,
    Column("scope", Text, nullable=False),
    Column("token_id", Text, nullable=False),  # "" = for all tasks together
    Column("credits", real()),  # exactly one of the two amounts is set
    Column("usd", real()),
    Column("changed_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("scope", "token_id", name="pk_limits"),
)
BALANCES = Table(
    "balances",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("credits", real(), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("key_id", Text, nullable=False, server_default=text("''")),  # "" = read by an earlier version
    Index(None, "provider", "at"),
    sqlite_autoincrement=True,
)
