"""Claim tasks by compare-and-set, with leases and rate limits, so that several engines can run at once."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import Integer, Select, Update, bindparam, func, select, update
from sqlmodel import Session

from kaimedia.domain import Pace, Phase, Status, Task
from kaimedia.store.columns import UtcDateTime
from kaimedia.store.database.database import Database
from kaimedia.store.rows import load_tasks, tasks_from
from kaimedia.store.tables import MEDIA, PACE, TASKS
from kaimedia.store.tasks.pace import SKEW, bucket
from kaimedia.store.tasks.schedule import NOT_HELD, is_free

ADMISSION_LOCK = 0x6B616973  # an arbitrary fixed number; the provider's offset is added
# Statements made once: that takes longer than running them.
_NOW = bindparam("now", type_=UtcDateTime())
_DUE = (  # without an owner, the longest due first, locked (SQLite: by the transaction itself)
    select(TASKS.c.id, TASKS.c.owner)
    .where(
        TASKS.c.phase.in_(bindparam("phases", expanding=True)),
        TASKS.c.due_at <= _NOW,
        is_free(_NOW),
        NOT_HELD,
        TASKS.c.task_id.not_in(bindparam("exclude", expanding=True)),
    )
    .order_by(TASKS.c.due_at, TASKS.c.id)
    .limit(bindparam("at_most", type_=Integer()))
    .with_for_update(skip_locked=True)
)
_TAKE = update(TASKS).where(TASKS.c.id.in_(bindparam("ids", expanding=True))).returning(TASKS)
_LOCK_OFFSETS = {"kie": 0, "sandbox": 1}  # those of earlier versions: processes of both may run during an update


class TaskClaims:
    """Who works on which task. Safe to share between threads and processes; each call is one transaction.

    Every method may raise `StoreUnavailable`. Times are timezone-aware; `now` is the caller's clock.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._guard = threading.Lock()
        self._takeovers = 0

    @property
    def takeovers(self) -> int:
        """How many tasks were taken from another owner, whose process died or hangs, since this was made."""
        return self._takeovers

    def _count_takeovers(self, number: int) -> None:
        with self._guard:
            self._takeovers += number

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
        only: str | None = None,
    ) -> list[Task]:
        """Claim due tasks that have no owner, the longest due first, for `lease_s` seconds.

        With `pace`, claims at most as many as its bucket has tokens; one token is spent per claimed task.
        Tasks in `exclude` are not claimed, with `only` no other than that one. A failed task is claimed too if it has
        a due time.
        """
        statement = _due_of(provider, only)
        which = {"now": now, "phases": [phase.value for phase in phases], "exclude": list(exclude)}
        with self._database.write() as session:
            if pace is None:
                ids, number_taken_over = _lock_due(session, statement, which, limit)
            else:
                tokens, moment = bucket(session, pace, now)
                ids, number_taken_over = _lock_due(session, statement, which, min(limit, int(tokens)))
                if ids:
                    spent = {"tokens": tokens - len(ids), "updated_at": moment}
                    session.execute(update(PACE).where(PACE.c.name == pace.name).values(**spent))
            tasks = _take(session, ids, owner=owner, lease_until=now + timedelta(seconds=lease_s))
        self._count_takeovers(number_taken_over)
        return tasks

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
        only: str | None = None,
    ) -> list[Task]:
        """Claim queued tasks to send them, or `only` that one: committed as *sending* before this returns.

        Across all processes, at most `max_in_window` tasks of a provider are claimed in any `window_s` seconds.
        If the database was replaced by an older one under this process, none are claimed and its queue is held.
        """
        since = now - timedelta(seconds=window_s)
        sent = select(func.count()).where(
            TASKS.c.provider == str(provider), TASKS.c.sent_at > since, TASKS.c.sent_at <= now + SKEW
        )
        with self._database.write() as session:
            if self._database.dialect == "postgresql":
                # Counting and claiming must be atomic across processes; row locks do not block a count.
                offset = _LOCK_OFFSETS.get(provider, 2 + crc32(provider.encode()))
                lock = ADMISSION_LOCK + offset
                session.execute(select(func.pg_advisory_xact_lock(lock)))
            allowed = min(limit, max_in_window - session.execute(sent).scalar_one())
            which = {"now": now, "phases": [Phase.QUEUED.value], "exclude": list(exclude)}
            ids, _ = _lock_due(session, _due_of(provider, only), which, allowed)
            counted = self._database.identity.count_sends(session, len(ids)) if ids else None
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
                counted = self._database.identity.identify(session, now)
        if counted is not None:
            self._database.identity.confirm(counted)
        return taken

    def reserve(self, pace: Pace, now: datetime) -> float:
        """Spend one token of a bucket, if need be one that it gets only later; returns in how many seconds.

        Each caller so gets a time of its own, in the order of the calls. `claim` with the same `pace` waits meanwhile.
        """
        with self._database.write() as session:
            tokens, moment = bucket(session, pace, now)
            spent = {"tokens": tokens - 1, "updated_at": moment}
            session.execute(update(PACE).where(PACE.c.name == pace.name).values(**spent))
        return max(0.0, (1 - tokens) / pace.rate_per_s)

    def is_claimed(self, task_id: str, now: datetime) -> bool:
        """Whether a worker has it, by a lease that has not ended."""
        statement = select(TASKS.c.id).where(TASKS.c.task_id == task_id, ~is_free(now))
        with self._database.read() as session:
            return session.execute(statement).first() is not None

    def lost_sends(self, now: datetime, exclude: Collection[str] = ()) -> list[Task]:
        """Tasks in *sending* without a live owner: possibly paid for, so never send them again automatically."""
        statement = select(TASKS).where(
            TASKS.c.phase == Phase.SENDING.value,
            TASKS.c.provider_task_id.is_(None),
            is_free(now),
            TASKS.c.task_id.not_in(exclude),
        )
        with self._database.read() as session:
            return load_tasks(session, statement.order_by(TASKS.c.sent_at, TASKS.c.id))

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
        if not owners:
            return
        held = update(TASKS).where(TASKS.c.owner.in_(owners)).values(owner=None, lease_until=None)
        with self._database.write() as session:
            released = session.execute(held.returning(TASKS.c.id)).all()
        self._count_takeovers(len(released))

    def owners(self) -> set[str]:
        """Every owner of a lease, expired or not."""
        with self._database.read() as session:
            found = session.execute(select(TASKS.c.owner).where(TASKS.c.owner.is_not(None)).distinct())
            return set(found.scalars())

    def _write(self, statement: Update) -> None:
        with self._database.write() as session:
            session.execute(statement)


def _due_of(provider: str | None, only: str | None) -> Select[Any]:
    """`_DUE` of one provider, if one is named, and only that task, if one is named."""
    statement = _DUE
    if provider is not None:
        statement = statement.where(TASKS.c.provider == str(provider))
    if only is not None:
        statement = statement.where(TASKS.c.task_id == only)
    return statement


def _lock_due(session: Session, statement: Select[Any], which: dict[str, Any], at_most: int) -> tuple[list[int], int]:
    """The ids of due rows, locked, and how many of them have an owner whose lease has ended."""
    if at_most <= 0:
        return [], 0
    rows = session.execute(statement, which | {"at_most": at_most}).all()
    return [row.id for row in rows], sum(row.owner is not None for row in rows)


def _take(session: Session, ids: list[int], **values: Any) -> list[Task]:
    """Update locked rows with `values` and return their tasks, the longest due first."""
    if not ids:
        return []
    taken = session.execute(_TAKE, values | {"ids": ids}).all()
    tasks = tasks_from(session, sorted(taken, key=lambda row: (row.due_at, row.id)))
    if "status" in values:
        _mirror_status(session, (task.task_id for task in tasks), values["status"])
    return tasks


def _mirror_status(session: Session, task_ids: Iterable[str], status: str) -> None:
    unfinished = MEDIA.c.status != Status.COMPLETED.value
    session.execute(update(MEDIA).where(MEDIA.c.task_id.in_(list(task_ids)), unfinished).values(status=status))
