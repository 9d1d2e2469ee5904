"""Adds entries to the ledger, inside the transaction that changes the task."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, bindparam, case, func, insert, select
from sqlmodel import Session

from kaimedia.domain import ErrorCode, Modality, Phase, ProviderName, Status
from kaimedia.domain.ledger import Basis, EntryKind, LedgerNote
from kaimedia.domain.money import LIST_USD_PER_CREDIT
from kaimedia.store.ledger.targets import LOST_NOTES, Correction, Entered, TaskState, corrections
from kaimedia.store.ledger_tables import LEDGER
from kaimedia.store.statements import chunks
from kaimedia.store.tables import MEDIA, TASKS

# A change of a task that sets none of these costs nothing and frees nothing.
DECISIVE = frozenset({"phase", "error_code", "may_have_cost", "credits_estimated", "credits_actual", "dismissed_at"})
_OF_PHASE = frozenset({"phase", "error_code", "dismissed_at"})
_RESERVED = frozenset({Phase.PREPARING, Phase.QUEUED, Phase.SENDING, Phase.WAITING, Phase.GENERATING})
# What is read of a task: what decides about its cost, and what its entries say about it.
_STATE = [TASKS.c[name] for name in ("task_id", "provider", "model", "modality", "created_at", "due_at", *DECISIVE)]
_LIST_RATES: Mapping[str, float] = {ProviderName.KIE: LIST_USD_PER_CREDIT, ProviderName.SANDBOX: 0.0}


@dataclass(frozen=True, slots=True)
class Subject:
    """The task an entry is about; the same in all its entries."""

    task_id: str
    provider: str
    model: str
    modality: str
    task_created_at: datetime
    token_id: str = ""
    usd_per_credit: float | None = None


def enter_task(session: Session, task: Subject, credits: float | None) -> None:
    """Add the entries of a new task: its list price (None: unknown), which is reserved from now on."""
    entries = [_listed(credits)]
    if credits:
        entries.append(Correction(EntryKind.RESERVED, Basis.ESTIMATE, credits))
    session.execute(insert(LEDGER), [_values(task, entry, task.task_created_at) for entry in entries])


def _listed(credits: float | None) -> Correction:
    note = LedgerNote.PRICE_UNKNOWN if credits is None else None
    return Correction(EntryKind.ESTIMATED, Basis.ESTIMATE, credits or 0.0, note)


def is_decisive(values: Mapping[str, Any], before: Phase) -> bool:
    """True if a change of these columns may change what a task costs that was in the phase `before`."""
    changed = DECISIVE & values.keys()
    if before in _RESERVED and values.get("phase") in _RESERVED:  # its price stays reserved
        changed -= _OF_PHASE
    return bool(changed) or ("due_at" in values and values["due_at"] is None)


def reconcile(session: Session, task_ids: Iterable[str], now: datetime, *, is_deleting: bool = False) -> None:
    """Add what is missing so that the ledger agrees with the rows of these tasks; nothing if it does.

    Call it after changing a row, in the same transaction. The rows stay locked until it ends, so that two processes
    cannot add the same entry. With `is_deleting`, the tasks are deleted next, so that nothing stays reserved for them.
    """
    for some in chunks(sorted(set(task_ids))):
        tasks = session.execute(_TASKS, {"task_ids": some}).all()
        entered = _entered(session, [row.task_id for row in tasks])
        saved = _with_results(session, [row.task_id for row in tasks if row.phase == Phase.FAILED.value])
        unknown = [(row, _subject(row)) for row in tasks if row.task_id not in entered]
        rows = [_values(subject, _listed(row.credits_estimated), subject.task_created_at) for row, subject in unknown]
        entered |= {subject.task_id: (subject, Entered()) for _, subject in unknown}
        rows += [
            _values(subject, entry, now)
            for row in tasks
            for subject, sums in [entered[row.task_id]]
            for entry in _missing(row, sums, has_results=row.task_id in saved, is_deleting=is_deleting)
        ]
        if rows:
            session.execute(insert(LEDGER), rows)


def locking(which: ColumnElement[bool]) -> Select[Any]:
    """Select these tasks as they are once no other transaction is changing them, and keep them locked.

    Always in the same order, so that two processes cannot deadlock. On SQLite there is only one writer anyway.
    """
    return select(TASKS).where(which).order_by(TASKS.c.task_id).with_for_update(of=TASKS)


_OF_TASKS: BindParameter[str] = bindparam("task_ids", expanding=True)
_TASKS = locking(TASKS.c.task_id.in_(_OF_TASKS)).with_only_columns(*_STATE)


def add_entry(session: Session, task_id: str, entry: Correction, at: datetime) -> None:
    """Add an entry about a task that has some already."""
    subject, _ = _entered(session, [task_id])[task_id]
    session.execute(insert(LEDGER).values(**_values(subject, entry, at)))


def _missing(row: Row[Any], sums: Entered, *, has_results: bool, is_deleting: bool) -> Iterable[Correction]:
    state = TaskState(
        phase=Phase(row.phase),
        error_code=ErrorCode(row.error_code) if row.error_code else None,
        may_have_cost=row.may_have_cost,
        credits_estimated=row.credits_estimated,
        credits_actual=row.credits_actual,
        due_at=row.due_at,
        dismissed_at=row.dismissed_at,
        has_results=has_results,
        is_deleting=is_deleting,
    )
    return corrections(state, sums)


def _with_results(session: Session, task_ids: Collection[str]) -> set[str]:
    """Those of these tasks with at least one saved result."""
    if not task_ids:
        return set()
    is_saved = MEDIA.c.task_id.in_(task_ids), MEDIA.c.status == Status.COMPLETED.value
    return set(session.execute(select(MEDIA.c.task_id).where(*is_saved).distinct()).scalars())


def _sums() -> Select[Any]:
    """What the ledger says about each of the tasks `task_ids`."""
    spent = LEDGER.c.kind.in_((EntryKind.SETTLED.value, EntryKind.REFUNDED.value))
    is_lost = LEDGER.c.note_code.in_([note.value for note in LOST_NOTES])

    def total(which: Any, amount: Any = LEDGER.c.credits) -> Any:
        return func.sum(case((which, amount), else_=0))

    common = (LEDGER.c.task_id, LEDGER.c.provider, LEDGER.c.model, LEDGER.c.modality, LEDGER.c.token_id)
    return (
        select(
            *common,
            func.min(LEDGER.c.task_created_at).label("task_created_at"),
            func.max(LEDGER.c.usd_per_credit).label("usd_per_credit"),
            total(LEDGER.c.kind == EntryKind.RESERVED.value).label("reserved"),
            total(spent).label("spent"),
            total(LEDGER.c.kind == EntryKind.WRITTEN_OFF.value).label("written_off"),
            total(spent, 1).label("settlements"),
            total(spent & (LEDGER.c.basis == Basis.REPORTED.value), 1).label("reports"),
            total(spent & is_lost).label("lost"),
            func.max(case((is_lost, LEDGER.c.id))).label("last_lost_id"),
        )
        .where(LEDGER.c.task_id.in_(_OF_TASKS))
        .group_by(*common)
    )


_SUMS = _sums()  # made once: that takes longer than running it


def _entered(session: Session, task_ids: Collection[str]) -> dict[str, tuple[Subject, Entered]]:
    """What the ledger says about each of these tasks; one without entries is left out."""
    if not task_ids:
        return {}
    found = {}
    rows = session.execute(_SUMS, {"task_ids": list(task_ids)}).all()
    notes = _notes(session, [row.last_lost_id for row in rows if row.last_lost_id is not None])
    for row in rows:
        subject = Subject(
            *(row.task_id, row.provider, row.model, row.modality, row.task_created_at, row.token_id),
            usd_per_credit=row.usd_per_credit,
        )
        is_known = row.settlements > 0, row.reports > 0
        lost = row.lost, notes.get(row.last_lost_id)
        sums = Entered(row.reserved, row.spent, row.written_off, *is_known, *lost)
        found[row.task_id] = subject, sums
    return found


def _notes(session: Session, ids: Collection[int]) -> dict[int, LedgerNote]:
    if not ids:
        return {}
    rows = session.execute(select(LEDGER.c.id, LEDGER.c.note_code).where(LEDGER.c.id.in_(ids)))
    return {row.id: LedgerNote(row.note_code) for row in rows}


def _subject(row: Row[Any]) -> Subject:
    """The subject of a task without entries, which an earlier version or an external program inserted."""
    kind = row.modality or Modality.IMAGE.value
    rate = _LIST_RATES.get(row.provider)
    return Subject(row.task_id, row.provider, row.model, kind, row.created_at, usd_per_credit=rate)


def _values(task: Subject, entry: Correction, at: datetime) -> dict[str, Any]:
    return {
        "task_id": task.task_id,
        "provider": str(task.provider),
        "model": task.model,
        "modality": task.modality,
        "kind": entry.kind.value,
        "basis": entry.basis.value,
        "credits": entry.credits,
        "usd": None if task.usd_per_credit is None else entry.credits * task.usd_per_credit,
        "usd_per_credit": task.usd_per_credit,
        "at": at,
        "task_created_at": task.task_created_at,
        "token_id": task.token_id,
        "note_code": entry.note.value if entry.note else None,
    }
