"""A database knows which one it is, and notices that it is a copy before it pays for what the original may have paid.

Three signs, each enough: the mark that `backup` leaves in a copy; a counter of sends beside the database that is ahead
of the one inside; another place than the one written down. Whatever waits to be sent is then held until a person
decides. Tasks that were accepted go on: asking for their results is free.
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

from kaimedia.domain import CopyReason, HoldCode, Phase
from kaimedia.store import place as places
from kaimedia.store import tables
from kaimedia.store.columns import UtcDateTime, json_value
from kaimedia.store.send_counter import SendCounter

log = logging.getLogger(__name__)

# In SQLite's own `user_version`: it can be set whatever tables a copy has.
COPY_MARK = 0x636F7079  # "copy": nobody has opened it yet
COPY_OPENED_MARK = 0x636F7078  # opened, and what it has not sent is not held yet
RECOGNIZING = 0x6B61696E  # an advisory lock; any fixed number that is ours
UNSENT = (Phase.PREPARING.value, Phase.QUEUED.value)
HELD_NOTE = "Not sent: this database is a copy, and the original may have sent and paid this. Send it or dismiss it."


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
    """That this database is a copy: how it was found, when, and how many sends it does not know of."""

    reason: CopyReason
    found_at: datetime
    unknown_sends: int | None


@dataclass(frozen=True, slots=True)
class Counted:
    """Which database it is, and how many tasks were sent from it."""

    database_id: str
    sends: int


class Identity:
    """Which database a process works on, and how far its counter is. Safe to share between threads.

    `find_place` gives the facts of the database a session works on.
    """

    def __init__(self, counter: SendCounter | None, find_place: Callable[[Session], places.Place]) -> None:
        self._counter = counter
        self._find_place = find_place
        self._guard = threading.Lock()
        self._database_id = ""
        self._committed = 0
        self._recorded = -1

    def recognize(self, session: Session, now: datetime) -> Counted:
        """Compare this database with what is known of it, and hold what it has not sent when it is a copy.

        To be called in a write transaction; `confirm` follows its commit.
        """
        if session.get_bind().dialect.name == "postgresql":  # several may start on a database that has no row yet
            session.execute(select(func.pg_advisory_xact_lock(RECOGNIZING)))
        row = session.execute(select(IDENTITY).with_for_update()).first()
        place = self._find_place(session)
        reason, known = self._judge(session, row, place)
        sends = row.sends if row else 0
        if row is None:
            session.execute(insert(IDENTITY).values(id=1, database_id=uuid4().hex, sends=0, place=place))
        elif reason is None and row.place != place:
            session.execute(update(IDENTITY).values(place=place))
        if reason is not None:
            held = _hold_unsent(session, now)
            values: dict[str, Any] = {
                "database_id": uuid4().hex,  # from here on another one than the original
                "sends": max(sends, known or 0),
                "place": place,
                "copy_reason": reason.value,
                "copy_found_at": now,
                "unknown_sends": None if known is None else max(0, known - sends),
            }
            session.execute(update(IDENTITY).values(**values))
            _set_mark(session, 0)
            log.warning("this database is a copy (%s): %d tasks are held", reason, held)
        fresh = session.execute(select(IDENTITY.c.database_id, IDENTITY.c.sends)).one()
        return Counted(fresh.database_id, fresh.sends)

    def is_known(self, session: Session) -> bool:
        """Whether `recognize` would change nothing; reads only."""
        row = session.execute(select(IDENTITY)).first()
        place = self._find_place(session)
        if row is None or row.place != place or self._judge(session, row, place)[0] is not None:
            return False
        self.confirm(Counted(row.database_id, row.sends))
        return True

    def count_sends(self, session: Session, number: int) -> Counted | None:
        """Count tasks about to be sent, in the transaction that marks them; `confirm` follows its commit.

        Returns: None, with nothing counted, when this is no longer the database that was opened.
        """
        counting = update(IDENTITY).values(sends=IDENTITY.c.sends + number)
        found = session.execute(counting.returning(IDENTITY.c.database_id, IDENTITY.c.sends)).first()
        if found is None:  # tables made by hand: nothing to compare with
            return Counted("", 0)
        with self._guard:
            is_ours = found.database_id == self._database_id and found.sends > self._committed
            if is_ours or not self._database_id:
                return Counted(found.database_id, found.sends)
        session.execute(update(IDENTITY).values(sends=IDENTITY.c.sends - number))
        return None

    def confirm(self, counted: Counted) -> None:
        """What was counted is committed."""
        if not counted.database_id:
            return
        with self._guard:
            if counted.database_id != self._database_id:
                self._database_id, self._committed, self._recorded = counted.database_id, counted.sends, -1
            self._committed = max(self._committed, counted.sends)

    def settle(self) -> None:
        """Bring the counter beside the database up to what is committed; costs nothing when it is.

        Raises:
            StoreUnavailable: It cannot be written, so nothing may be sent.
        """
        with self._guard:
            if self._counter is None or not self._database_id or self._recorded >= self._committed:
                return
            self._counter.record(self._database_id, self._committed)
            self._recorded = self._committed

    def _judge(
        self, session: Session, row: Row[Any] | None, place: places.Place
    ) -> tuple[CopyReason | None, int | None]:
        """Why it is a copy, if it is, and the sends known of it from outside."""
        if row is None:  # not opened by this version yet
            if _is_marked(session):
                return CopyReason.MARKED, None
            return (CopyReason.BEHIND if self._counter and self._counter.has_any() else None), None
        known = self._counter.known(row.database_id) if self._counter else None
        with self._guard:
            if row.database_id == self._database_id:
                known = max(known or 0, self._committed)
        if _is_marked(session):
            return CopyReason.MARKED, known
        if known is not None and known > row.sends:
            return CopyReason.BEHIND, known
        return (None if places.is_same(row.place, place) else CopyReason.ELSEWHERE), known


def copy_state(session: Session) -> CopyState | None:
    """What is known of this database being a copy; None for an original."""
    row = session.execute(select(IDENTITY)).first()
    if row is None or row.copy_reason is None:
        return None
    return CopyState(CopyReason(row.copy_reason), row.copy_found_at, row.unknown_sends)


def _hold_unsent(session: Session, now: datetime) -> int:
    held = {"hold_code": HoldCode.COPY.value, "note": HELD_NOTE, "due_at": None, "owner": None, "lease_until": None}
    unsent = tables.TASKS.c.phase.in_(UNSENT), tables.TASKS.c.hold_code.is_(None)
    found = session.execute(
        update(tables.TASKS).where(*unsent).values(**held, updated_at=now).returning(tables.TASKS.c.id)
    )
    return len(found.all())


def _is_marked(session: Session) -> bool:
    if session.get_bind().dialect.name != "sqlite":
        return False
    mark: int = session.execute(text("PRAGMA user_version")).scalar_one()
    return mark in (COPY_MARK, COPY_OPENED_MARK)


def _set_mark(session: Session, mark: int) -> None:
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text(f"PRAGMA user_version = {mark}"))
