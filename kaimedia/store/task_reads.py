"""Looking at tasks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select, text
from sqlmodel import Session

from kaimedia.domain import Page, Phase, ProviderKind, Status, Task
from kaimedia.errors import NotFound
from kaimedia.store import cursors
from kaimedia.store.chunks import chunks
from kaimedia.store.database import Database
from kaimedia.store.rows import load_tasks, tasks_from
from kaimedia.store.tables import MEDIA, SHOWN, TASKS

LISTING = "tasks"
CLAIMABLE = tuple(phase.value for phase in Phase if phase not in (Phase.SENDING, Phase.DONE))


class TaskReads:
    """The reading half of `TaskStore`."""

    _db: Database

    def get(self, task_id: str) -> Task:
        """One task by our id.

        Raises:
            NotFound: There is none.
        """
        with self._db.read() as session:
            return one_task(session, TASKS.c.task_id == task_id)

    def by_ids(self, task_ids: Collection[str]) -> list[Task]:
        """The tasks that are there, in no order."""
        with self._db.read() as session:
            return [
                task
                for some in chunks(task_ids)
                for task in load_tasks(session, select(TASKS).where(TASKS.c.task_id.in_(some)))
            ]

    def by_nonce(self, nonce: str) -> Task:
        """The task whose callback address carries `nonce`.

        Raises:
            NotFound: There is none.
        """
        with self._db.read() as session:
            return one_task(session, TASKS.c.nonce == nonce)

    def page(self, *, status: Status | None = None, limit: int = 50, cursor: str | None = None) -> Page[Task]:
        """All tasks, newest first.

        Raises:
            InvalidRequest: The cursor is not one of this listing.
        """
        wanted: list[ColumnElement[bool]] = [] if status is None else [TASKS.c.status == status.value]
        statement = select(TASKS, cursors.key(TASKS)).where(*wanted)
        if cursor is not None:
            place = cursors.decode(cursors.bound(LISTING, status=status), cursor)
            statement = statement.where(cursors.beyond(TASKS, place, newest_first=True))
        statement = statement.order_by(*cursors.order(TASKS, newest_first=True)).limit(limit + 1)
        with self._db.read() as session:
            rows = session.execute(statement).all()
            total = session.execute(select(func.count()).select_from(TASKS).where(*wanted)).scalar_one()
            tasks = tasks_from(session, rows[:limit])
        last = rows[limit - 1] if len(rows) > limit else None
        bound = cursors.bound(LISTING, status=status)
        next_cursor = cursors.encode(bound, cursors.Place(last.place, last.id)) if last else None
        return Page(tuple(tasks), next_cursor, total)

    def shown(self, limit: int = 100) -> list[Task]:
        """What a person still has to look at: unfinished tasks, and failed ones not dismissed; newest first."""
        return self._newest(select(TASKS).where(text(SHOWN)), limit)

    def recent_done(self, limit: int) -> list[Task]:
        """Completed tasks that still have something to show, newest first."""
        kept = select(MEDIA.c.id).where(
            MEDIA.c.task_id == TASKS.c.task_id,
            MEDIA.c.status == Status.COMPLETED.value,
            MEDIA.c.deleted_at.is_(None),
        )
        done = TASKS.c.status == Status.COMPLETED.value
        return self._newest(select(TASKS).where(done, kept.exists()), limit)

    def _newest(self, statement: Select[Any], limit: int) -> list[Task]:
        with self._db.read() as session:
            return load_tasks(session, statement.order_by(*cursors.order(TASKS, newest_first=True)).limit(limit))

    def counts(self) -> dict[Phase, int]:
        """How many tasks stand in each phase; every phase is named."""
        statement = select(TASKS.c.phase, func.count().label("number")).group_by(TASKS.c.phase)
        with self._db.read() as session:
            found = {row.phase: row.number for row in session.execute(statement)}
        return {phase: found.get(phase.value, 0) for phase in Phase}

    def durations_s(self, model: str, provider: ProviderKind, limit: int) -> list[float]:
        """How long the last finished tasks of a model took from acceptance to the saved result, newest first."""
        statement = (
            select(TASKS.c.accepted_at, TASKS.c.completed_at)
            .where(
                TASKS.c.status == Status.COMPLETED.value,
                TASKS.c.model == model,
                TASKS.c.provider == provider.value,
                TASKS.c.accepted_at.is_not(None),
                TASKS.c.completed_at.is_not(None),
            )
            .order_by(*cursors.order(TASKS, newest_first=True))
            .limit(limit)
        )
        with self._db.read() as session:
            rows = session.execute(statement).all()
        return [max(0.0, (row.completed_at - row.accepted_at).total_seconds()) for row in rows]

    def running_count(self) -> int:
        """How many tasks are on their way; reads the small index of what is shown only."""
        is_running = TASKS.c.status.in_((Status.PENDING.value, Status.PROCESSING.value))
        statement = select(func.count()).select_from(TASKS).where(text(SHOWN), is_running)
        with self._db.read() as session:
            return int(session.execute(statement).scalar_one())

    def next_due_at(self) -> datetime | None:
        """When the engine next finds work: a task falls due, or the lease of a due one ends. None = nothing waits."""
        free_at = case(
            (TASKS.c.owner.is_(None), TASKS.c.due_at),
            (TASKS.c.lease_until > TASKS.c.due_at, TASKS.c.lease_until),
            else_=TASKS.c.due_at,
        )
        statement = select(func.min(free_at)).where(
            TASKS.c.phase.in_(CLAIMABLE), TASKS.c.due_at.is_not(None), TASKS.c.hold_code.is_(None)
        )
        with self._db.read() as session:
            found: datetime | None = session.execute(statement).scalar_one()
            return found

    def due(self, now: datetime) -> set[tuple[Phase, ProviderKind]]:
        """The phases, by provider, in which some task is due and free to be claimed."""
        is_free = or_(TASKS.c.owner.is_(None), TASKS.c.lease_until <= now)
        statement = select(TASKS.c.phase, TASKS.c.provider).where(
            TASKS.c.phase.in_(CLAIMABLE), TASKS.c.due_at <= now, TASKS.c.hold_code.is_(None), is_free
        )
        with self._db.read() as session:
            return {(Phase(row.phase), ProviderKind(row.provider)) for row in session.execute(statement.distinct())}

    def owners(self) -> set[str]:
        """Everyone who holds a lease, ended or not."""
        with self._db.read() as session:
            found = session.execute(select(TASKS.c.owner).where(TASKS.c.owner.is_not(None)).distinct())
            return set(found.scalars())


def one_task(session: Session, which: ColumnElement[bool]) -> Task:
    """The single task that fits.

    Raises:
        NotFound: None does.
    """
    found = load_tasks(session, select(TASKS).where(which))
    if not found:
        raise NotFound("There is no such task.")
    return found[0]
