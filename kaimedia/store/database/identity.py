"""Detect that a database is a copy, before it pays again for what the original may have paid for.

Any of three signs is enough: the mark that `backup` leaves in a copy; a send counter outside the database that is
ahead of the one inside; a fingerprint other than the stored one. Unsent tasks are then held until the user decides.
Tasks that were accepted continue: polling for their results is free.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, Row, Text, func, insert, select, text, update
from sqlmodel import Field, Session

from kaimedia.domain import NO_NOTE, CopyReason, HoldCode, Phase
from kaimedia.store import tables
from kaimedia.store.columns import UtcDateTime, json_value
from kaimedia.store.database import fingerprint
from kaimedia.store.database.fingerprint import Fingerprint
from kaimedia.store.database.send_counter import SendCounter

log = logging.getLogger(__name__)

# Stored in SQLite's `user_version`, which can be set whatever tables a copy has.
COPY_MARK = 0x636F7079  # "copy": not opened yet
COPY_OPENED_MARK = 0x636F7078  # opened, but its unsent tasks are not held yet
IDENTIFY_LOCK = 0x6B61696E  # an advisory lock; an arbitrary fixed number
UNSENT = (Phase.PREPARING.value, Phase.QUEUED.value)


class IdentityRow(tables.Row, table=True):
    """The one row that says which database this is."""

    __tablename__ = "database_identity"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: int = Field(
        default=1, sa_column=Column(Integer, primary_key=True, autoincrement=False, server_default=text("1"))
    )
    database_id: str = Field(sa_column=Column(Text, nullable=False))
    sends: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default=text("0")))
    place: dict[str, str] = Field(
        default_factory=dict, sa_column=Column(json_value(), nullable=False, server_default=text("'{}'"))
    )
    copy_reason: str | None = Field(default=None, sa_type=Text)
    copy_found_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    unknown_sends: int | None = Field(default=None, sa_type=BigInteger)


IDENTITY = tables.METADATA.tables["database_identity"]


@dataclass(frozen=True, slots=True)
class CopyState:
    """How and when this database was found to be a copy, and how many sends it does not know about."""

    reason: CopyReason
    found_at: datetime
    unknown_sends: int | None


@dataclass(frozen=True, slots=True)
class SendCount:
    """A database's id, and how many tasks were sent from it."""

    database_id: str
    sends: int


class Identity:
    """The database a process works on, and its send count. Safe to share between threads.

    `find_fingerprint` returns the fingerprint of a session's database.
    """

    def __init__(self, counter: SendCounter | None, find_fingerprint: Callable[[Session], Fingerprint]) -> None:
        self._counter = counter
        self._find_fingerprint = find_fingerprint
        self._guard = threading.Lock()
        self._database_id = ""
        self._committed = 0
        self._recorded = -1

    def identify(self, session: Session, now: datetime) -> SendCount:
        """Compare this database with what is known about it, and hold its unsent tasks if it is a copy.

        Call this in a write transaction, and `confirm` after its commit.
        """
        if session.get_bind().dialect.name == "postgresql":  # several may start on a database that has no row yet
            session.execute(select(func.pg_advisory_xact_lock(IDENTIFY_LOCK)))
        row = session.execute(select(IDENTITY).with_for_update()).first()
        current = self._find_fingerprint(session)
        reason, known = self._detect_copy(session, row, current)
        sends = row.sends if row else 0
        if row is None:
            session.execute(insert(IDENTITY).values(id=1, database_id=uuid4().hex, sends=0, place=current))
        elif reason is None and row.place != current:
            session.execute(update(IDENTITY).values(place=current))
        if reason is not None:
            held = _hold_unsent(session, now)
            values: dict[str, Any] = {
                "database_id": uuid4().hex,  # from now on distinct from the original
                "sends": max(sends, known or 0),
                "place": current,
                "copy_reason": reason.value,
                "copy_found_at": now,
                "unknown_sends": None if known is None else max(0, known - sends),
            }
            session.execute(update(IDENTITY).values(**values))
            _set_mark(session, 0)
            log.warning("this database is a copy (%s): %d tasks are held", reason, held)
        fresh = session.execute(select(IDENTITY.c.database_id, IDENTITY.c.sends)).one()
        return SendCount(fresh.database_id, fresh.sends)

    def is_identified(self, session: Session) -> bool:
        """Whether `identify` would change nothing. Read-only."""
        row = session.execute(select(IDENTITY)).first()
        current = self._find_fingerprint(session)
        if row is None or row.place != current or self._detect_copy(session, row, current)[0] is not None:
            return False
        self.confirm(SendCount(row.database_id, row.sends))
        return True

    def count_sends(self, session: Session, number: int) -> SendCount | None:
        """Count tasks about to be sent, in the transaction that marks them; call `confirm` after its commit.

        Returns: None, and counts nothing, if this is no longer the database that was opened.
        """
        counting = update(IDENTITY).values(sends=IDENTITY.c.sends + number)
        found = session.execute(counting.returning(IDENTITY.c.database_id, IDENTITY.c.sends)).first()
        if found is None:  # hand-made tables: nothing to compare with
            return SendCount("", 0)
        with self._guard:
            is_ours = found.database_id == self._database_id and found.sends > self._committed
            if is_ours or not self._database_id:
                return SendCount(found.database_id, found.sends)
        session.execute(update(IDENTITY).values(sends=IDENTITY.c.sends - number))
        return None

    def confirm(self, counted: SendCount) -> None:
        """Note that this count is committed."""
        if not counted.database_id:
            return
        with self._guard:
            if counted.database_id != self._database_id:
                self._database_id, self._committed, self._recorded = counted.database_id, counted.sends, -1
            self._committed = max(self._committed, counted.sends)

    def record_sends(self) -> None:
        """Update the counter outside the database to the committed count; does nothing if it is up to date.

        Raises:
            StoreUnavailable: It cannot be written, so nothing may be sent.
        """
        with self._guard:
            if self._counter is None or not self._database_id or self._recorded >= self._committed:
                return
            self._counter.record(self._database_id, self._committed)
            self._recorded = self._committed

    def _detect_copy(
        self, session: Session, row: Row[Any] | None, current: Fingerprint
    ) -> tuple[CopyReason | None, int | None]:
        """Why it is a copy (None if it is not), and the number of sends known from outside."""
        if row is None:  # never opened by this version
            if _is_marked(session):
                return CopyReason.MARKED, None
            is_behind = self._counter is not None and self._counter.has_any() and _has_tasks(session)
            return (CopyReason.BEHIND if is_behind else None), None
        known = self._counter.known(row.database_id) if self._counter else None
        with self._guard:
            if row.database_id == self._database_id:
                known = max(known or 0, self._committed)
        if _is_marked(session):
            return CopyReason.MARKED, known
        if known is not None and known > row.sends:
            return CopyReason.BEHIND, known
        return (None if fingerprint.is_same(row.place, current) else CopyReason.ELSEWHERE), known


def copy_state(session: Session) -> CopyState | None:
    """How this database was found to be a copy; None for an original."""
    row = session.execute(select(IDENTITY)).first()
    if row is None or row.copy_reason is None:
        return None
    return CopyState(CopyReason(row.copy_reason), row.copy_found_at, row.unknown_sends)


def _hold_unsent(session: Session, now: datetime) -> int:
    held = {"hold_code": HoldCode.COPY.value, **NO_NOTE, "due_at": None, "owner": None, "lease_until": None}
    unsent = tables.TASKS.c.phase.in_(UNSENT), tables.TASKS.c.hold_code.is_(None)
    found = session.execute(
        update(tables.TASKS).where(*unsent).values(**held, updated_at=now).returning(tables.TASKS.c.id)
    )
    return len(found.all())


def _has_tasks(session: Session) -> bool:
    """False for a new database: an older data folder does not make it a copy."""
    return session.execute(select(tables.TASKS.c.id).limit(1)).first() is not None


def _is_marked(session: Session) -> bool:
    if session.get_bind().dialect.name != "sqlite":
        return False
    mark: int = session.execute(text("PRAGMA user_version")).scalar_one()
    return mark in (COPY_MARK, COPY_OPENED_MARK)


def _set_mark(session: Session, mark: int) -> None:
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text(f"PRAGMA user_version = {mark}"))
