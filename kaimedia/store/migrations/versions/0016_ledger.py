"""The ledger, spending limits, and the balances that providers reported."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kaimedia.store.columns import UtcDateTime, real

revision = "0016"
down_revision = "0015"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REFUSAL = "the ledger is append-only"
# What is known about the cost of the tasks so far. A failed task has no report of its own yet: what was reported while
# it was running is not charged.
_KNOWN = "coalesce(credits_actual, credits_estimated)"
_BASIS = "CASE WHEN credits_actual IS NULL THEN 'estimate' ELSE 'reported' END"
_GENERATED = "(phase IN ('saving', 'done') OR (phase = 'failed' AND error_code = 'not_saved'))"
_MAY_HAVE_COST = "(phase = 'failed' AND may_have_cost AND coalesce(error_code, '') <> 'not_saved')"
_WATCHED = "(dismissed_at IS NULL AND (due_at IS NOT NULL OR error_code = 'outcome_unknown'))"
_SAVED = "EXISTS (SELECT 1 FROM media WHERE media.task_id = tasks.task_id AND media.status = 'completed')"
_OPEN = f"(phase NOT IN ('saving', 'done', 'failed') OR ({_MAY_HAVE_COST} AND {_WATCHED}))"
_REASON = (
    "CASE WHEN error_code = 'outcome_unknown' THEN 'outcome_unknown' WHEN error_code = 'cancelled' THEN 'abandoned' "
    "ELSE 'expired' END"
)
_RATE = "CASE provider WHEN 'kie' THEN 0.005 WHEN 'sandbox' THEN 0.0 END"  # dollars for a credit


def upgrade() -> None:
    """Three new tables, and the entries of the tasks that exist already."""
    _tables()
    _enter_tasks()
    _make_append_only()


def _tables() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        sa.Column("task_id", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("modality", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("credits", real(), nullable=False),
        sa.Column("usd", real()),
        sa.Column("usd_per_credit", real()),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("task_created_at", UtcDateTime, nullable=False),
        sa.Column("token_id", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("note_code", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_ledger"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ledger_task_id", "ledger", ["task_id"])
    op.create_index("ix_ledger_at_id", "ledger", ["at", "id"])
    op.create_index("ix_ledger_task_created_at", "ledger", ["task_created_at"])
    op.create_table(
        "limits",
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("token_id", sa.Text, nullable=False),
        sa.Column("credits", real()),
        sa.Column("usd", real()),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("scope", "token_id", name="pk_limits"),
    )
    op.create_table(
        "balances",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("credits", real(), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_balances"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_balances_provider_at", "balances", ["provider", "at"])


def _enter_tasks() -> None:
    op.execute("UPDATE tasks SET credits_actual = NULL WHERE phase = 'failed' AND NOT may_have_cost")
    note = (
        f"CASE WHEN {_KNOWN} IS NULL THEN 'price_unknown'"
        f" WHEN phase = 'failed' AND NOT (may_have_cost AND {_WATCHED}) AND {_KNOWN} <> 0 AND NOT {_SAVED}"
        " THEN 'not_saved' END"
    )
    ended_at = "coalesce(completed_at, provider_done_at, updated_at)"
    missing = "CASE WHEN credits_estimated IS NULL THEN 'price_unknown' END"
    _enter("estimated", "'estimate'", "coalesce(credits_estimated, 0)", "created_at", missing, "1 = 1")
    _enter("reserved", "'estimate'", _KNOWN, "created_at", "NULL", f"{_OPEN} AND {_KNOWN} <> 0")
    _enter("settled", _BASIS, f"coalesce({_KNOWN}, 0)", ended_at, note, _GENERATED)
    lost = f"{_MAY_HAVE_COST} AND NOT {_WATCHED} AND {_KNOWN} <> 0"
    _enter("written_off", _BASIS, _KNOWN, "coalesce(dismissed_at, updated_at)", _REASON, lost)


def _enter(kind: str, basis: str, credits: str, at: str, note: str, which: str) -> None:
    op.execute(
        "INSERT INTO ledger (task_id, provider, model, modality, kind, basis, credits, usd, usd_per_credit, at,"
        " task_created_at, note_code)"
        f" SELECT task_id, provider, model, modality, '{kind}', {basis}, {credits}, {credits} * ({_RATE}), {_RATE},"
        f" {at}, created_at, {note} FROM tasks WHERE {which} ORDER BY id"
    )


def _make_append_only() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"""CREATE FUNCTION kaimedia_refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION '{_REFUSAL}';
            END $$"""
        )
        op.execute(
            "CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger"
            " FOR EACH STATEMENT EXECUTE FUNCTION kaimedia_refuse_ledger_change()"
        )
        return
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    op.execute(f"CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger {refuse}")
    op.execute(f"CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger {refuse}")
    # INSERT OR REPLACE deletes rows without running the trigger for that.
    same = "WHEN EXISTS (SELECT 1 FROM ledger WHERE id = new.id)"
    op.execute(f"CREATE TRIGGER ledger_no_replace BEFORE INSERT ON ledger {same} {refuse}")
