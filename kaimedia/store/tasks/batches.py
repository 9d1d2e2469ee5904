"""Batches: tasks created together, and paused, resumed and stopped together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, insert, not_, or_, select, update
from sqlmodel import Session

from kaimedia.domain import (
    Batch,
    BatchKind,
    BatchProgress,
    ErrorCode,
    NoteCode,
    Phase,
    Status,
    Task,
    WinRate,
)
from kaimedia.errors import KeyReused, NotFound
from kaimedia.store.database.database import Database
from kaimedia.store.ledger.writer import reconcile
from kaimedia.store.rows import load_tasks
from kaimedia.store.tables import MEDIA, TASKS
from kaimedia.store.tasks.batch_queries import ANY_OF_KIND, SHOWN_IDS, UNFINISHED
from kaimedia.store.tasks.batch_rules import pausing, stopping
from kaimedia.store.tasks.batch_table import BATCHES
from kaimedia.store.tasks.creator import NewTask, check_new, insert_task
from kaimedia.store.tasks.idempotency import known_task_id, save_key
from kaimedia.store.webhooks.outbox import queue_ended, reporting_refusals

_UNSENT = TASKS.c.phase.in_([Phase.PREPARING.value, Phase.QUEUED.value])
_HAS_FAILED = TASKS.c.phase == Phase.FAILED.value
_OUTAGES = [code.value for code in NoteCode if code.is_outage]


class Batches:
    """The batches of a database. Safe to share between threads; every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        kind: BatchKind,
        name: str,
        tasks: Sequence[NewTask],
        now: datetime,
        *,
        is_blind: bool = False,
        idempotency: tuple[str, str] | None = None,
    ) -> Batch:
        """Create a batch and all its tasks in one transaction; they are sent in this order.

        With `idempotency`, a key and the hash of the request body, a repeated call returns the first call's batch.

        Raises:
            KeyReused: The key was used for something else, or the tasks of its batch were deleted.
            Conflict, LimitReached: as `TaskCreator.create`.
        """
        task_ids = [uuid4().hex for _ in tasks]
        with reporting_refusals(self._database, now), self._database.write() as session:
            if idempotency is not None and not save_key(session, *idempotency, task_ids[0], now):
                return _batch_of_key(session, *idempotency)
            check_new(session, tasks, now)
            row = insert(BATCHES).values(kind=kind.value, name=name, created_at=now, is_blind=is_blind)
            batch_id: int = session.execute(row.returning(BATCHES.c.id)).scalar_one()
            for task_id, new in zip(task_ids, tasks, strict=True):
                insert_task(session, new, task_id, now, due_at=now, batch_id=batch_id)
            return _one(session, batch_id)

    def by_key(self, key: str, body_sha256: str) -> Batch | None:
        """The batch created with this key; None if the key is new.

        Raises:
            KeyReused: The key was used for something else.
        """
        with self._database.read() as session:
            return (
                None if known_task_id(session, key, body_sha256) is None else _batch_of_key(session, key, body_sha256)
            )

    def get(self, batch_id: int) -> BatchProgress:
        """One batch.

        Raises:
            NotFound: There is none with this id.
        """
        with self._database.read() as session:
            found = _with_progress(session, select(BATCHES).where(BATCHES.c.id == batch_id))
        if not found:
            raise NotFound(f"There is no batch {batch_id}.")
        return found[0]

    def newest(
        self, limit: int = 50, *, before: int | None = None, kind: BatchKind | None = None
    ) -> list[BatchProgress]:
        """The newest batches, with `before` only those with a lower id."""
        statement = select(BATCHES).order_by(BATCHES.c.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(BATCHES.c.id < before)
        if kind is not None:
            statement = statement.where(BATCHES.c.kind == kind.value)
        with self._database.read() as session:
            return _with_progress(session, statement)

    def shown(self, since: datetime, limit: int = 20) -> list[BatchProgress]:
        """The batches that are not dismissed: all with unfinished tasks, and the newest `limit` made `since` then."""
        with self._database.read_prepared() as reader:
            rows = SHOWN_IDS.rows(reader, since=since, limit=limit)
        if not rows:
            return []
        with self._database.read() as session:
            shown = select(BATCHES).where(BATCHES.c.id.in_([row["id"] for row in rows]))
            return _with_progress(session, shown.order_by(BATCHES.c.id.desc()))

    def has_any(self, kind: BatchKind) -> bool:
        """True if there is a batch of this kind."""
        with self._database.read_prepared() as reader:
            return ANY_OF_KIND.one(reader, kind=kind.value) is not None

    def tasks(self, batch_id: int) -> list[Task]:
        """The tasks of a batch in the order of submission."""
        return self.tasks_of([batch_id]).get(batch_id, [])

    def tasks_of(self, batch_ids: Sequence[int]) -> dict[int, list[Task]]:
        """The same for several batches, in one query; a batch without tasks has no entry."""
        found: dict[int, list[Task]] = {}
        statement = select(TASKS).where(TASKS.c.batch_id.in_(batch_ids)).order_by(TASKS.c.id)
        with self._database.read() as session:
            for task in load_tasks(session, statement):
                found.setdefault(task.batch_id or 0, []).append(task)
        return found

    def pause(self, batch_id: int, now: datetime) -> BatchProgress:
        """Hold the unsent tasks of a batch. Raises NotFound."""
        return self._change(
            batch_id,
            {"paused_at": now, "dismissed_at": None},  # shown again, so that it can be resumed
            _UNSENT,
            pausing(now),
        )

    def resume(self, batch_id: int, now: datetime) -> BatchProgress:
        """Release the held tasks of a paused batch. Raises NotFound."""
        return self._change(
            batch_id,
            {"paused_at": None},
            TASKS.c.is_paused,
            {"is_paused": False, "due_at": case((TASKS.c.hold_code.is_(None), now), else_=None), "updated_at": now},
        )

    def stop(self, batch_id: int, now: datetime) -> BatchProgress:
        """Cancel the unsent tasks of a batch, free of charge; those that were sent are still saved.

        Tasks on hold because this database is a copy stay: the original may have paid for them. Raises NotFound.
        """
        return self._change(
            batch_id,
            {"stopped_at": now, "paused_at": None},
            and_(_UNSENT, TASKS.c.hold_code.is_(None)),
            stopping(now),
        )

    def dismiss(self, batch_id: int, now: datetime) -> BatchProgress:
        """No longer show a batch on Generate. Raises NotFound."""
        return self._set(batch_id, dismissed_at=now)

    def vote(self, batch_id: int, winner_task_id: str | None, now: datetime) -> BatchProgress:
        """Record which task's result is preferred; None withdraws the vote. Raises NotFound."""
        return self._set(batch_id, winner_task_id=winner_task_id, voted_at=now if winner_task_id else None)

    def win_rates(self) -> dict[str, WinRate]:
        """For each model, how often it won, of the comparisons with a vote that it took part in."""
        has_result = TASKS.c.status == Status.COMPLETED.value
        won = func.sum(case((TASKS.c.task_id == BATCHES.c.winner_task_id, 1), else_=0))
        statement = (
            select(TASKS.c.model, won.label("wins"), func.count(TASKS.c.batch_id.distinct()).label("comparisons"))
            .join(BATCHES, BATCHES.c.id == TASKS.c.batch_id)
            .where(BATCHES.c.winner_task_id.is_not(None), has_result)
            .group_by(TASKS.c.model)
        )
        with self._database.read() as session:
            return {row.model: WinRate(int(row.wins), int(row.comparisons)) for row in session.execute(statement)}

    def _set(self, batch_id: int, **values: Any) -> BatchProgress:
        with self._database.write() as session:
            session.execute(update(BATCHES).where(BATCHES.c.id == batch_id).values(**values))
        return self.get(batch_id)

    def _change(
        self, batch_id: int, batch: dict[str, Any], which: ColumnElement[bool], task: dict[str, Any]
    ) -> BatchProgress:
        with self._database.write() as session:
            _one(session, batch_id)
            session.execute(update(BATCHES).where(BATCHES.c.id == batch_id).values(**batch))
            changing = update(TASKS).where(TASKS.c.batch_id == batch_id, which).values(**task)
            changed = list(session.execute(changing.returning(TASKS.c.task_id)).scalars())
            if "status" in task and changed:
                media = update(MEDIA).where(MEDIA.c.task_id.in_(changed), MEDIA.c.status != Status.COMPLETED.value)
                session.execute(media.values(status=task["status"], error_message=task["error_message"]))
                reconcile(session, changed, task["updated_at"])
                queue_ended(session, changed, task["updated_at"])
        return self.get(batch_id)


def _one(session: Session, batch_id: int) -> Batch:
    found = session.execute(select(BATCHES).where(BATCHES.c.id == batch_id)).first()
    if found is None:
        raise NotFound(f"There is no batch {batch_id}.")
    return _batch_from(found)


def _batch_of_key(session: Session, key: str, body_sha256: str) -> Batch:
    task_id = known_task_id(session, key, body_sha256)
    batch_id = session.execute(select(TASKS.c.batch_id).where(TASKS.c.task_id == task_id)).scalar()
    if batch_id is None:
        raise KeyReused("The tasks of this Idempotency-Key were deleted, or it was used for a single task.")
    return _one(session, batch_id)


def _batch_from(row: Row[Any]) -> Batch:
    stored = row._mapping
    return Batch(**{**stored, "kind": BatchKind(stored["kind"])})


def _with_progress(session: Session, statement: Select[Any]) -> list[BatchProgress]:
    batches = [_batch_from(row) for row in session.execute(statement)]
    counts = {row.batch_id: row for row in session.execute(_counts([batch.id for batch in batches]))} if batches else {}
    return [_progress(batch, counts.get(batch.id)) for batch in batches]


def _number(which: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.sum(case((which, 1), else_=0)).label(name)


def _counts(batch_ids: Sequence[int]) -> Select[Any]:
    """The tasks of each batch by state, and what they cost.

    One that failed and was submitted again does not count beside the new one, unless both may have been charged.
    """
    is_completed = TASKS.c.status == Status.COMPLETED.value
    has_failed = and_(_HAS_FAILED, TASKS.c.may_have_cost.is_(False))
    costs = or_(not_(has_failed), func.coalesce(TASKS.c.credits_actual, 0.0) != 0)  # else it failed free of charge
    again = TASKS.alias("again")
    repeated = select(again.c.retry_of).where(again.c.batch_id.in_(batch_ids), again.c.retry_of.is_not(None))
    is_counted = not_(and_(has_failed, TASKS.c.task_id.in_(repeated)))
    is_failed = and_(has_failed, is_counted)
    return (
        select(
            TASKS.c.batch_id,
            _number(is_counted, "total"),
            _number(_UNSENT, "unsent"),
            _number(is_completed, "completed"),
            _number(is_failed, "failed"),
            _number(and_(_HAS_FAILED, TASKS.c.may_have_cost.is_(True)), "may_have_cost"),
            _number(and_(is_failed, TASKS.c.error_code == ErrorCode.CANCELLED.value), "canceled"),
            _number(and_(TASKS.c.status.in_(UNFINISHED), TASKS.c.note_code.in_(_OUTAGES)), "unanswered"),
            _number(and_(costs, TASKS.c.credits_estimated.is_(None)), "unpriced"),
            func.sum(case((costs, TASKS.c.credits_estimated), else_=None)).label("credits_estimated"),
            _number(and_(_UNSENT, TASKS.c.hold_code.is_not(None)), "on_hold"),
            func.sum(TASKS.c.credits_actual).label("credits_actual"),
        )
        .where(TASKS.c.batch_id.in_(batch_ids))
        .group_by(TASKS.c.batch_id)
    )


def _progress(batch: Batch, row: Row[Any] | None) -> BatchProgress:
    """How far a batch is; all zeros when its tasks were deleted."""
    if row is None:
        return BatchProgress(batch, 0, 0, 0, 0, 0, 0.0, 0, None)
    unsent, completed, failed, may_have_cost = row.unsent, row.completed, row.failed, row.may_have_cost
    return BatchProgress(
        batch=batch,
        unsent=int(unsent),
        running=int(row.total - unsent - completed - failed - may_have_cost),
        completed=int(completed),
        failed=int(failed),
        may_have_cost=int(may_have_cost),
        credits_estimated=float(row.credits_estimated or 0.0),
        unpriced=int(row.unpriced),
        credits_actual=None if row.credits_actual is None else float(row.credits_actual),
        canceled=int(row.canceled),
        unanswered=int(row.unanswered),
        on_hold=int(row.on_hold),
    )
