"""Claim tasks by compare-and-set, with leases and rate limits, so that several engines can run at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import ColumnElement, Select, Update, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from kaimedia.domain import LONGEST_LEASE_S, LONGEST_WAIT_S, Pace, Phase, Status, Task
from kaimedia.store.database import Database
from kaimedia.store.rows import load_tasks
from kaimedia.store.tables import MEDIA, PACE, TASKS
from kaimedia.store.task_reads import CLAIMABLE

NOT_HELD = TASKS.c.hold_code.is_(None)
SKEW = timedelta(seconds=5)  # how far clocks may differ; later times come from a clock that was ahead
ADMISSION_LOCK = 0x6B616973  # an arbitrary fixed number; the provider's offset is added
_LOCK_OFFSETS = {"kie": 0, "sandbox": 1}  # those of earlier versions: processes of both may run during an update


class TaskClaims:
    """The part of `TaskStore` with which engines coordinate."""

    _db: Database

    def claim(
        self,
        owner: str,
        now: datetime,
        lease_s: float,
        phases: Collection[Phase],
        limit: int,
        *,
        provider: str | None = None,
        pace: Pace | None = None,
        exclude: Collection[str] = (),
    ) -> list[Task]:
        """Claim due tasks that have no owner, the longest due first, for `lease_s` seconds.

        With `pace`, claims at most as many as its bucket has tokens; one token is spent per claimed task.
        Tasks in `exclude` are not claimed. A failed task is claimed too if it has a due time.
        """
        conditions: list[ColumnElement[bool]] = [TASKS.c.phase.in_([phase.value for phase in phases]), NOT_HELD]
        if provider is not None:
            conditions.append(TASKS.c.provider == str(provider))
        if exclude:
            conditions.append(TASKS.c.task_id.not_in(exclude))
        with self._db.write() as session:
            if pace is None:
                ids = _lock_due(session, now, limit, *conditions)
            else:
                tokens, moment = _bucket(session, pace, now)
                ids = _lock_due(session, now, min(limit, int(tokens)), *conditions)
                if ids:
                    spent = {"tokens": tokens - len(ids), "updated_at": moment}
                    session.execute(update(PACE).where(PACE.c.name == pace.name).values(**spent))
            return _take(session, ids, owner=owner, lease_until=now + timedelta(seconds=lease_s))

    def claim_to_send(
        self,
        owner: str,
        now: datetime,
        lease_s: float,
        limit: int,
        *,
        provider: str,
        window_s: float = 10.0,
        max_in_window: int = 20,
        exclude: Collection[str] = (),
    ) -> list[Task]:
        """Claim queued tasks to send them: committed as *sending* before this returns.

        Across all processes, at most `max_in_window` tasks of a provider are claimed in any `window_s` seconds.
        If the database was replaced by an older one under this process, none are claimed and its queue is held.
        """
        since = now - timedelta(seconds=window_s)
        sent = select(func.count()).where(
            TASKS.c.provider == str(provider), TASKS.c.sent_at > since, TASKS.c.sent_at <= now + SKEW
        )
        with self._db.write() as session:
            if self._db.dialect == "postgresql":
                # Counting and claiming must be atomic across processes; row locks do not block a count.
                offset = _LOCK_OFFSETS.get(provider, 2 + crc32(provider.encode()))
                lock = ADMISSION_LOCK + offset
                session.execute(select(func.pg_advisory_xact_lock(lock)))
            allowed = min(limit, max_in_window - session.execute(sent).scalar_one())
            queued = [TASKS.c.phase == Phase.QUEUED.value, TASKS.c.provider == str(provider), NOT_HELD]
            if exclude:
                queued.append(TASKS.c.task_id.not_in(exclude))
            ids = _lock_due(session, now, allowed, *queued)
            counted = self._db.identity.count_sends(session, len(ids)) if ids else None
            taken: list[Task] = []
            if counted is not None:
                taken = _take(
                    session,
                    ids,
                    owner=owner,
                    lease_until=now + timedelta(seconds=lease_s),
                    phase=Phase.SENDING.value,
                    status=Status.PROCESSING.value,
                    sent_at=now,
                    updated_at=now,
                )
            elif ids:
                counted = self._db.identity.identify(session, now)
        if counted is not None:
            self._db.identity.confirm(counted)
        return taken

    def lost_sends(self, now: datetime, exclude: Collection[str] = ()) -> list[Task]:
        """Tasks in *sending* without a live owner: possibly paid for, so never send them again automatically."""
        statement = select(TASKS).where(
            TASKS.c.phase == Phase.SENDING.value,
            TASKS.c.provider_task_id.is_(None),
            _is_free(now),
            TASKS.c.task_id.not_in(exclude),
        )
        with self._db.read() as session:
            return load_tasks(session, statement.order_by(TASKS.c.sent_at, TASKS.c.id))

    def clamp_future_times(self, now: datetime, *, longest_lease_s: float = LONGEST_LEASE_S, left_s: float) -> None:
        """Repair times written by a wrong clock: a due time further ahead than allowed becomes due now.

        A lease longer than `longest_lease_s` is cut to `left_s` seconds; a live owner renews it by then. Writes
        only if there is something to repair.
        """
        far_due = TASKS.c.phase.in_(CLAIMABLE) & (TASKS.c.due_at > now + timedelta(seconds=LONGEST_WAIT_S))
        far_lease = TASKS.c.owner.is_not(None) & (TASKS.c.lease_until > now + timedelta(seconds=longest_lease_s))
        with self._db.read() as session:
            found = [session.execute(select(TASKS.c.id).where(far).limit(1)).first() for far in (far_due, far_lease)]
        if found[0]:
            self._write(update(TASKS).where(far_due).values(due_at=now))
        if found[1]:
            self._write(update(TASKS).where(far_lease).values(lease_until=now + timedelta(seconds=left_s)))

    def renew(self, owner: str, task_ids: Collection[str], lease_until: datetime) -> None:
        """Extend the leases of tasks; those this owner no longer holds are left alone."""
        held = TASKS.c.owner == owner, TASKS.c.task_id.in_(task_ids)
        self._write(update(TASKS).where(*held).values(lease_until=lease_until))

    def release(self, owner: str, task_ids: Collection[str] | None = None) -> None:
        """Release these tasks, or all that `owner` holds."""
        held = TASKS.c.owner == owner
        if task_ids is not None:
            held &= TASKS.c.task_id.in_(task_ids)
        self._write(update(TASKS).where(held).values(owner=None, lease_until=None))

    def release_owners(self, owners: Collection[str]) -> None:
        """Release everything held by owners known to be dead."""
        if owners:
            self._write(update(TASKS).where(TASKS.c.owner.in_(owners)).values(owner=None, lease_until=None))

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
        with self._db.write() as session:
            session.execute(statement)


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(TASKS.c.owner.is_(None), TASKS.c.lease_until <= now)


def _lock_due(session: Session, now: datetime, limit: int, *conditions: ColumnElement[bool]) -> list[int]:
    """Due rows without an owner, the longest due first, locked (SQLite: by the transaction itself)."""
    if limit <= 0:
        return []
    statement: Select[Any] = (
        select(TASKS.c.id)
        .where(TASKS.c.due_at <= now, _is_free(now), *conditions)
        .order_by(TASKS.c.due_at, TASKS.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.execute(statement).scalars())


def _take(session: Session, ids: list[int], **values: Any) -> list[Task]:
    """Update locked rows with `values` and return their tasks, the longest due first."""
    if not ids:
        return []
    session.execute(update(TASKS).where(TASKS.c.id.in_(ids)).values(**values))
    tasks = load_tasks(session, select(TASKS).where(TASKS.c.id.in_(ids)).order_by(TASKS.c.due_at, TASKS.c.id))
    if "status" in values:
        _mirror_status(session, (task.task_id for task in tasks), values["status"])
    return tasks


def _mirror_status(session: Session, task_ids: Iterable[str], status: str) -> None:
    unfinished = MEDIA.c.status != Status.COMPLETED.value
    session.execute(update(MEDIA).where(MEDIA.c.task_id.in_(list(task_ids)), unfinished).values(status=status))


def _bucket(session: Session, pace: Pace, now: datetime) -> tuple[float, datetime]:
    """The tokens of a bucket at `now`, and the time they refer to; its row stays locked until commit.

    Nothing is written unless the bucket is new: polling for work must not cost a disk write.
    """
    statement = select(PACE.c.tokens, PACE.c.updated_at).where(PACE.c.name == pace.name).with_for_update()
    found = session.execute(statement).first()
    if found is None:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        full = insert(PACE).values(name=pace.name, tokens=float(pace.burst), updated_at=now)
        session.execute(full.on_conflict_do_nothing())
        found = session.execute(statement).one()
    elapsed_s = max(0.0, (now - found.updated_at).total_seconds())
    if found.updated_at > now + SKEW:  # written by a clock that was ahead: start over
        return float(pace.burst), now
    as_of = max(now, found.updated_at)
    return min(float(pace.burst), found.tokens + elapsed_s * pace.rate_per_s), as_of
