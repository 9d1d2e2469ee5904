"""Keys under which something was asked for, so that a repeated call gives the same task."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from kaimedia.errors import KeyReused
from kaimedia.store.database import Database
from kaimedia.store.observed_days import SKEW, Waiting
from kaimedia.store.tables import IDEMPOTENCY


class OnceKeys:
    """The part of `TaskStore` about idempotency keys. A key outlives its task: nothing is paid twice under it."""

    _db: Database

    def task_id_of_key(self, key: str, body_sha256: str) -> str | None:
        """The id of the task asked for under this key; None when the key is new.

        Raises:
            KeyReused: The key was used with another body.
        """
        with self._db.read() as session:
            return known_task_id(session, key, body_sha256)

    def forget_keys(self, used_before: datetime, *, days: int = 0) -> int:
        """Drop keys used before that moment; with `days` those for which so many were counted. Returns how many."""
        old = IDEMPOTENCY.c.created_at < used_before
        if days:
            old &= KEPT_KEYS.has(days)
        with self._db.write() as session:
            return len(session.execute(delete(IDEMPOTENCY).where(old).returning(IDEMPOTENCY.c.key)).all())

    def count_key_days(self, now: datetime) -> None:
        """Count the days that keys are kept; to be called more often than once a day."""
        with self._db.write() as session:
            KEPT_KEYS.count(session, now)

    def claim_key(self, key: str, *, since: datetime, now: datetime) -> bool:
        """Take a key of ours; False when somebody took it at `since` or later."""
        with self._db.write() as session:
            return earlier_task_id(session, key, since, "", now) is None

    def release_key(self, key: str) -> None:
        """Give a key back."""
        with self._db.write() as session:
            session.execute(delete(IDEMPOTENCY).where(IDEMPOTENCY.c.key == key))

    def probe_write(self, now: datetime) -> None:
        """Commit a row and take it away again, so that a read-only or full disk shows.

        Raises:
            StoreUnavailable: With a sentence that says what is wrong.
        """
        with self._db.write() as session:
            keep_key(session, PROBE, "", "", now)
            session.execute(delete(IDEMPOTENCY).where(IDEMPOTENCY.c.key == PROBE))


KEPT_KEYS = Waiting("key", IDEMPOTENCY.c.key, IDEMPOTENCY.c.created_at)
PROBE = "\x01probe"  # no key from outside can be this: they are printable


def known_task_id(session: Session, key: str, body_sha256: str) -> str | None:
    """See `OnceKeys.task_id_of_key`."""
    found = session.execute(select(IDEMPOTENCY).where(IDEMPOTENCY.c.key == key)).first()
    if found is None:
        return None
    if found.body_sha256 != body_sha256:
        raise KeyReused("This Idempotency-Key was used before with another request.")
    return str(found.task_id)


def keep_key(session: Session, key: str, body_sha256: str, task_id: str, now: datetime) -> bool:
    """Write a key; False when somebody wrote it first."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(IDEMPOTENCY).values(key=key, body_sha256=body_sha256, task_id=task_id, created_at=now)
    kept = session.execute(row.on_conflict_do_nothing().returning(IDEMPOTENCY.c.key))
    return kept.first() is not None


def earlier_task_id(session: Session, key: str, since: datetime, task_id: str, now: datetime) -> str | None:
    """The task that took this key at `since` or later; None when the key is free or old, and `task_id` has it now.

    One taken in the future was taken under a clock that was ahead: it counts as old, or it would hold until then.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(IDEMPOTENCY).values(key=key, body_sha256="", task_id=task_id, created_at=now)
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
