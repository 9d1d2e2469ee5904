"""Requests without an idempotency key that no response has answered completely yet."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import Column, PrimaryKeyConstraint, Table, Text, delete, select

from kaimedia.store.columns import UtcDateTime
from kaimedia.store.database.database import Database
from kaimedia.store.statements import insert_into
from kaimedia.store.tables import METADATA

RETENTION = timedelta(hours=1)  # after the last repetition

UNANSWERED_REQUESTS = Table(
    "unanswered_requests",
    METADATA,
    Column("request", Text, nullable=False),  # a hash of the caller and the body
    Column("nonce", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("request", name="pk_unanswered_requests"),
)
_C = UNANSWERED_REQUESTS.c


class UnansweredRequests:
    """For every process on this database. Every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def nonce_of(self, request: str, now: datetime) -> str:
        """A random text, the same for equal requests until `forget`, or until none came for `RETENTION`."""
        with self._database.write() as session:
            session.execute(delete(UNANSWERED_REQUESTS).where(_C.created_at < now - RETENTION))
            session.execute(
                insert_into(session, UNANSWERED_REQUESTS)
                .values(request=request, nonce=secrets.token_hex(16), created_at=now)
                .on_conflict_do_update(index_elements=[_C.request], set_={"created_at": now})
            )
            nonce: str = session.execute(select(_C.nonce).where(_C.request == request)).scalar_one()
            return nonce

    def forget(self, request: str, nonce: str) -> None:
        """It was answered: an equal one is new from now on."""
        with self._database.write() as session:
            session.execute(delete(UNANSWERED_REQUESTS).where(_C.request == request, _C.nonce == nonce))
