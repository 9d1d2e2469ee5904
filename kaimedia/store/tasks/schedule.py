"""When tasks are due, and which can be claimed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, ColumnElement, Update, and_, bindparam, case, func, or_, select, update

from kaimedia.domain import LONGEST_LEASE_S, LONGEST_WAIT_S, Phase, Status
from kaimedia.store.columns import UtcDateTime
from kaimedia.store.database.database import Database
from kaimedia.store.tables import TASKS

CLAIMABLE = tuple(phase.value for phase in Phase if phase not in (Phase.SENDING, Phase.DONE))
NOT_HELD = and_(TASKS.c.hold_code.is_(None), TASKS.c.is_paused.is_(False))


def is_free(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """The condition that a task has no owner, or one whose lease has ended."""
    return or_(TASKS.c.owner.is_(None), TASKS.c.lease_until <= now)


# Made once: that takes longer than running them.
_NOW = bindparam("now", type_=UtcDateTime())
_FREE_AT = case(
    (TASKS.c.owner.is_(None), TASKS.c.due_at),
    (TASKS.c.lease_until > TASKS.c.due_at, TASKS.c.lease_until),
    else_=TASKS.c.due_at,
)
_NEXT_DUE_AT = select(func.min(_FREE_AT)).where(TASKS.c.phase.in_(CLAIMABLE), TASKS.c.due_at.is_not(None), NOT_HELD)
_DUE = (
    select(TASKS.c.phase, TASKS.c.provider)
    .where(TASKS.c.phase.in_(CLAIMABLE), TASKS.c.due_at <= _NOW, NOT_HELD, is_free(_NOW))
    .distinct()
)


class TaskSchedule:
    """The due times of tasks. Safe to share between threads; every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def next_due_at(self) -> datetime | None:
        """When the engine next has work: a task becomes due, or the lease of a due one ends. None: no task waits."""
        with self._database.read() as session:
            found: datetime | None = session.execute(_NEXT_DUE_AT).scalar_one()
            return found

    def due(self, now: datetime) -> set[tuple[Phase, str]]:
        """The phases and providers with at least one task that can be claimed now."""
        with self._database.read() as session:
            return {(Phase(row.phase), row.provider) for row in session.execute(_DUE, {"now": now})}

    def clamp_future_times(self, now: datetime, *, longest_lease_s: float = LONGEST_LEASE_S, left_s: float) -> None:
        """Repair times written by a wrong clock: a due time further ahead than allowed becomes due now.

        A lease longer than `longest_lease_s` is cut to `left_s` seconds; a live owner renews it by then. Writes
        only if there is something to repair.
        """
        far_due = TASKS.c.phase.in_(CLAIMABLE) & (TASKS.c.due_at > now + timedelta(seconds=LONGEST_WAIT_S))
        far_lease = TASKS.c.owner.is_not(None) & (TASKS.c.lease_until > now + timedelta(seconds=longest_lease_s))
        with self._database.read() as session:
            found = [session.execute(select(TASKS.c.id).where(far).limit(1)).first() for far in (far_due, far_lease)]
        if found[0]:
            self._write(update(TASKS).where(far_due).values(due_at=now))
        if found[1]:
            self._write(update(TASKS).where(far_lease).values(lease_until=now + timedelta(seconds=left_s)))

    def wake(self, task_ids: Collection[str], now: datetime) -> None:
        """Make these tasks due now; finished ones stay finished."""
        moving = TASKS.c.status.in_((Status.PENDING.value, Status.PROCESSING.value))
        later = or_(TASKS.c.due_at > now, moving & TASKS.c.due_at.is_(None))
        self._write(update(TASKS).where(TASKS.c.task_id.in_(task_ids), later, NOT_HELD).values(due_at=now))

    def wake_all(self, now: datetime, *, is_failed_too: bool = True) -> None:
        """Make everything due that waits for a later time."""
        later = [TASKS.c.due_at > now]
        if not is_failed_too:
            later.append(TASKS.c.status != Status.FAILED.value)
        self._write(update(TASKS).where(*later).values(due_at=now))

    def _write(self, statement: Update) -> None:
        with self._database.write() as session:
            session.execute(statement)
