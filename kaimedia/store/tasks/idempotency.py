"""Idempotency keys, so that a repeated request returns the same task."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlmodel import Session

from kaimedia.errors import KeyReused
from kaimedia.store.database.database import Database
from kaimedia.store.observed_days import SKEW, DayCounter
from kaimedia.store.statements import insert_into
from kaimedia.store.tables import IDEMPOTENCY


class IdempotencyKeys:
    """The keys of a database; a key outlives its task, so nothing is paid for twice. Safe to share between threads.

    Every method may raise `StoreUnavailable`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def task_id_of(self, key: str, body_sha256: str) -> str | None:
        """The id of the task created with this key; None if the key is new.

        Raises:
            KeyReused: The key was used with another body.
        """
        with self._database.read() as session:
            return known_task_id(session, key, body_sha256)

    def forget(self, used_before: datetime, *, days: int = 0) -> int:
        """Delete keys used before that time, with `days` only if that many days were counted. Returns how many."""
        old = IDEMPOTENCY.c.created_at < used_before
        if days:
            old &= KEY_AGES.has_reached(days)
        with self._database.write() as session:
            return len(session.execute(delete(IDEMPOTENCY).where(old).returning(IDEMPOTENCY.c.key)).all())

    def count_days(self, now: datetime) -> None:
        """Count the days keys have been stored; call this more than once a day."""
        with self._database.write() as session:
            KEY_AGES.count(session, now)

    def claim(self, key: str, *, since: datetime, now: datetime) -> bool:
        """Claim an internal key; False if it was already claimed at `since` or later."""
        with self._database.write() as session:
            return earlier_task_id(session, key, since, "", now) is None

    def release(self, key: str) -> None:
        """Release a key."""
        with self._database.write() as session:
            session.execute(delete(IDEMPOTENCY).where(IDEMPOTENCY.c.key == key))


KEY_AGES = DayCounter("key", IDEMPOTENCY.c.key, IDEMPOTENCY.c.created_at)


def known_task_id(session: Session, key: str, body_sha256: str) -> str | None:
    """See `IdempotencyKeys.task_id_of`."""
    found = session.execute(select(IDEMPOTENCY).where(IDEMPOTENCY.c.key == key)).first()
    if found is None:
        return None
    if found.body_sha256 != body_sha256:
        raise KeyReused("This Idempotency-Key was used before with another request.")
    return str(found.task_id)


def save_key(session: Session, key: str, body_sha256: str, task_id: str, now: datetime) -> bool:
    """Save a key; False if it already exists."""
    row = insert_into(session, IDEMPOTENCY).values(key=key, body_sha256=body_sha256, task_id=task_id, created_at=now)
    inserted = session.execute(row.on_conflict_do_nothing().returning(IDEMPOTENCY.c.key))
    return inserted.first() is not None


def earlier_task_id(session: Session, key: str, since: datetime, task_id: str, now: datetime) -> str | None:
    """The task that claimed this key at `since` or later; None if it was free or old, and `task_id` claims it now.

    A claim in the future was made by a clock that was ahead; it counts as old, or it would last until then.
    """
    row = insert_into(session, IDEMPOTENCY).values(key=key, body_sha256="", task_id=task_id, created_at=now)
    taken = session.execute(
        row.on_conflict_do_update(
            index_elements=[IDEMPOTENCY.c.key],
            set_={"task_id": task_id, "created_at": now},
            where=or_(IDEMPOTENCY.c.created_at < since, IDEMPOTENCY.c.created_at > now + SKEW),
        ).returning(IDEMPOTENCY.c.key)
    )
    if taken.first() is not None:
        return None
    return str(session.execute(select(IDEMPOTENCY.c.task_id).where(IDEMPOTENCY.c.key == key)).scalar_one())
