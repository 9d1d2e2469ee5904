"""Reading the ledger."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlmodel import Session

from kaimedia.domain import Modality
from kaimedia.domain.ledger import Basis, EntryKind, LedgerEntry, LedgerNote, LedgerTotals
from kaimedia.store.database.database import Database
from kaimedia.store.ledger_tables import LEDGER
from kaimedia.store.statements import chunks

_NOTES = {note.value: note for note in LedgerNote}


class LedgerReader:
    """The entries and their sums. Safe to share between threads; every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_task(self, task_id: str) -> list[LedgerEntry]:
        """The entries of one task, the oldest first; also of one that was deleted."""
        return self._entries(select(LEDGER).where(LEDGER.c.task_id == task_id).order_by(LEDGER.c.id))

    def of_tasks(self, task_ids: Collection[str]) -> dict[str, list[LedgerEntry]]:
        """The same for several tasks; one without entries is left out."""
        found: dict[str, list[LedgerEntry]] = {}
        for some in chunks(task_ids):
            statement = select(LEDGER).where(LEDGER.c.task_id.in_(some)).order_by(LEDGER.c.id)
            for entry in self._entries(statement):
                found.setdefault(entry.task_id, []).append(entry)
        return found

    def newest(self, limit: int = 100, *, before: int | None = None) -> list[LedgerEntry]:
        """The newest entries, with `before` only those with a lower id."""
        statement = select(LEDGER).order_by(LEDGER.c.id.desc()).limit(limit)
        return self._entries(statement if before is None else statement.where(LEDGER.c.id < before))

    def totals(self, *, provider: str | None = None, token_id: str | None = None) -> LedgerTotals:
        """The sums of all entries, optionally only of one provider or one API token."""
        conditions: list[ColumnElement[bool]] = []
        if provider is not None:
            conditions.append(LEDGER.c.provider == str(provider))
        if token_id is not None:
            conditions.append(LEDGER.c.token_id == token_id)
        with self._database.read() as session:
            return totals(session, *conditions)

    def _entries(self, statement: Select[Any]) -> list[LedgerEntry]:
        with self._database.read() as session:
            return [entry_from(row) for row in session.execute(statement)]


def totals(session: Session, *conditions: ColumnElement[bool]) -> LedgerTotals:
    """The sums of the entries that match."""
    statement = (
        select(LEDGER.c.kind, func.sum(LEDGER.c.credits).label("credits"), func.sum(LEDGER.c.usd).label("usd"))
        .where(*conditions)
        .where(LEDGER.c.kind != EntryKind.ESTIMATED.value)
        .group_by(LEDGER.c.kind)
    )
    sums: dict[str, float] = {}
    for row in session.execute(statement):
        sums |= {row.kind: float(row.credits), f"usd_{row.kind}": float(row.usd or 0.0)}
    return LedgerTotals(**sums)


def entry_from(row: Row[Any]) -> LedgerEntry:
    """The read model of one row; a note that is not known here was written by a newer version."""
    return LedgerEntry(
        id=row.id,
        task_id=row.task_id,
        provider=row.provider,
        model=row.model,
        kind=EntryKind(row.kind),
        basis=Basis(row.basis),
        credits=row.credits,
        usd=row.usd,
        at=row.at,
        token_id=row.token_id,
        note_code=_NOTES.get(row.note_code),
        modality=Modality(row.modality),
        task_created_at=row.task_created_at,
    )
