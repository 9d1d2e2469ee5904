"""Running totals of the ledger, and indexes by provider."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kaimedia.store.columns import real

revision = "0021"
down_revision = "0020"

_SPENT = "('settled', 'refunded', 'written_off')"
_KEY = "quarter, provider, model, modality, token_id, slot"
_COLUMNS = f"{_KEY}, tasks, credits, usd, reserved, usd_reserved"
_AMOUNTS = ("tasks", "credits", "usd", "reserved", "usd_reserved")


def upgrade() -> None:
    """A new table with the sums of the entries there are, and a trigger that adds each new one."""
    op.create_table(
        "ledger_sums",
        sa.Column("quarter", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("modality", sa.Text, nullable=False),
        sa.Column("token_id", sa.Text, nullable=False),
        sa.Column("slot", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("tasks", sa.Integer, nullable=False),
        sa.Column("credits", real(), nullable=False),
        sa.Column("usd", real(), nullable=False),
        sa.Column("reserved", real(), nullable=False),
        sa.Column("usd_reserved", real(), nullable=False),
        sa.PrimaryKeyConstraint(
            "quarter", "provider", "model", "modality", "token_id", "slot", name="pk_ledger_sums"
        ),
        sqlite_with_rowid=False,
    )
    op.drop_index("ix_ledger_task_created_at", table_name="ledger")
    op.create_index("ix_ledger_provider_task_created_at", "ledger", ["provider", "task_created_at"])
    op.create_index("ix_ledger_provider_at_kind_credits", "ledger", ["provider", "at", "kind", "credits"])
    noted = sa.text("note_code IS NOT NULL")
    op.create_index(
        "ix_ledger_noted", "ledger", ["provider", "task_created_at"], sqlite_where=noted, postgresql_where=noted
    )
    _keep_sums()
    _sum_entries()


def _keep_sums() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    new = "NEW" if is_postgresql else "new"
    is_first = (
        f"NOT EXISTS (SELECT 1 FROM ledger l WHERE l.task_id = {new}.task_id AND l.id < {new}.id"
        f" AND l.kind IN {_SPENT} AND l.credits <> 0)"
    )
    values = ", ".join(
        (
            *(_quarter(f"{new}.task_created_at"), f"{new}.provider", f"{new}.model", f"{new}.modality"),
            *(f"{new}.token_id", "pg_backend_pid()" if is_postgresql else "0"),
            f"CASE WHEN {new}.kind IN {_SPENT} AND {new}.credits <> 0 AND {is_first} THEN 1 ELSE 0 END",
            *_amounts(f"{new}."),
        )
    )
    added = ", ".join(f"{name} = ledger_sums.{name} + excluded.{name}" for name in _AMOUNTS)
    # "WHERE true" keeps SQLite from reading ON CONFLICT as part of a join.
    add = (
        f"INSERT INTO ledger_sums ({_COLUMNS}) SELECT {values} WHERE true ON CONFLICT ({_KEY}) DO UPDATE SET {added};"
    )
    if not is_postgresql:
        op.execute(
            f"CREATE TRIGGER ledger_add_to_sums AFTER INSERT ON ledger WHEN new.kind <> 'estimated' BEGIN {add} END"
        )
        return
    op.execute(
        f"""CREATE FUNCTION kaimedia_add_to_ledger_sums() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {add}
            RETURN NULL;
        END $$"""
    )
    op.execute(
        "CREATE TRIGGER ledger_add_to_sums AFTER INSERT ON ledger FOR EACH ROW WHEN (NEW.kind <> 'estimated')"
        " EXECUTE FUNCTION kaimedia_add_to_ledger_sums()"
    )


def _sum_entries() -> None:
    sums = ", ".join(f"sum({amount})" for amount in _amounts(""))
    key = f"{_quarter('task_created_at')}, provider, model, modality, token_id"
    paid = f"count(DISTINCT CASE WHEN kind IN {_SPENT} AND credits <> 0 THEN task_id END)"
    op.execute(
        f"INSERT INTO ledger_sums ({_COLUMNS}) SELECT {key}, 0, {paid}, {sums} FROM ledger"
        f" WHERE kind <> 'estimated' GROUP BY {key}"
    )


def _amounts(prefix: str) -> tuple[str, ...]:
    is_spent, is_reserved = f"{prefix}kind IN {_SPENT}", f"{prefix}kind = 'reserved'"
    credits, usd = f"{prefix}credits", f"coalesce({prefix}usd, 0.0)"
    return (
        *(f"CASE WHEN {is_spent} THEN {amount} ELSE 0.0 END" for amount in (credits, usd)),
        *(f"CASE WHEN {is_reserved} THEN {amount} ELSE 0.0 END" for amount in (credits, usd)),
    )


def _quarter(column: str) -> str:
    if op.get_bind().dialect.name == "postgresql":
        return f"CAST(floor(extract(epoch FROM {column}) / 900) AS integer)"
    return f"CAST(strftime('%s', substr({column}, 1, 19)) AS INTEGER) / 900"  # it would round .9996 up
