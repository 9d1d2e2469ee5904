"""Deliveries of events: claimed by one process at a time, recorded, listed, sent again, pruned."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, delete, or_, select, text, update

from kaimedia.domain.webhook import (
    GIVE_UP_AFTER,
    IDLE_AFTER,
    KEEP_FOR,
    RETRY_DELAYS_S,
    Attempt,
    ClaimedDelivery,
    Delivery,
    DeliveryProblem,
    DeliveryStatus,
    WebhookEvent,
    retry_delay_s,
)
from kaimedia.store.database.database import Database
from kaimedia.store.webhooks.outbox import queue_test
from kaimedia.store.webhooks.tables import DELIVERIES, DUE, ENDPOINTS

_D = DELIVERIES.c
_LISTED = [column for column in _D if column.name not in ("data", "give_up_at")]
_IS_KNOWN = _D.event.in_([each.value for each in WebhookEvent])  # a newer version, which sends the others, may run too
_SKEW = timedelta(minutes=15)  # how far clocks may differ


class WebhookDeliveries:
    """The outbox of a database. Safe to share between threads and processes; each call is one transaction.

    Every method may raise `StoreUnavailable`. Times are timezone-aware; `now` is the caller's clock.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def due_endpoints(self, now: datetime) -> list[int]:
        """The endpoints for which something is due, except paused ones."""
        is_active = ENDPOINTS.c.paused_at.is_(None)
        due = select(_D.id).where(_D.endpoint_id == ENDPOINTS.c.id, _is_due(now))
        with self._database.read() as session:
            statement = select(ENDPOINTS.c.id).where(is_active, due.exists()).order_by(ENDPOINTS.c.id)
            return list(session.execute(statement).scalars())

    def claim(self, endpoint_id: int, now: datetime, lease_s: float) -> ClaimedDelivery | None:
        """The delivery of an endpoint that is due the longest; None if there is none.

        For `lease_s` seconds it is not due, so that no other process sends it; then, unless `record` was called, it is
        sent again. Its attempts include this one.

        The time to give up is counted from the first attempt, and again for all that waits at the endpoint after a
        pause or a time in which no process ran.
        """
        if self._was_idle(endpoint_id, now):
            self._renew_limits(endpoint_id, now)
        due = (
            select(_D.id)
            .where(_D.endpoint_id == endpoint_id, _is_due(now))
            .order_by(_D.due_at, _D.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        with self._database.write() as session:
            found = session.execute(due).scalar()
            if found is None:
                return None
            return _claimed(session.execute(_claiming(_D.id == found, now, lease_s)).first())

    def _was_idle(self, endpoint_id: int, now: datetime) -> bool:
        since = now - IDLE_AFTER
        waits = select(_D.id).where(_D.endpoint_id == endpoint_id, text(DUE), _D.due_at < since).limit(1)
        is_attempt = _D.event != WebhookEvent.TEST.value, _D.last_attempt_at >= since
        attempted = select(_D.id).where(_D.endpoint_id == endpoint_id, *is_attempt).limit(1)
        with self._database.read() as session:
            return session.execute(waits).first() is not None and session.execute(attempted).first() is None

    def _renew_limits(self, endpoint_id: int, now: datetime) -> None:
        give_up_at = now + GIVE_UP_AFTER
        which = _D.endpoint_id == endpoint_id, text(DUE), _D.give_up_at < give_up_at
        with self._database.write() as session:
            session.execute(update(DELIVERIES).where(*which).values(give_up_at=give_up_at))

    def claim_one(self, delivery_id: int, now: datetime, lease_s: float) -> ClaimedDelivery | None:
        """The same for one delivery, due or not; None if there is none, or it was delivered."""
        with self._database.write() as session:
            which = and_(_D.id == delivery_id, _D.delivered_at.is_(None), _IS_KNOWN)
            return _claimed(session.execute(_claiming(which, now, lease_s)).first())

    def record(self, delivery: Delivery, attempt: Attempt, now: datetime) -> None:
        """Record how the attempt of a claimed delivery ended; one that failed is sent again later, or given up."""
        values: dict[str, Any] = {
            "last_attempt_at": now,
            "http_status": attempt.http_status,
            "problem": attempt.problem.value if attempt.problem else None,
        }
        which = [_D.id == delivery.id, _D.delivered_at.is_(None)]
        with self._database.write() as session:
            if attempt.is_delivered:
                done = values | {"delivered_at": now, "due_at": None}
                session.execute(update(DELIVERIES).where(*which).values(**done))
                return
            # Not if another process has taken over since: its result counts.
            which.append(_D.attempts == delivery.attempts)
            is_over = session.execute(select(_D.id).where(*which, _D.give_up_at <= now)).first() is not None
            due_at = None if is_over else now + timedelta(seconds=retry_delay_s(delivery.attempts))
            session.execute(update(DELIVERIES).where(*which).values(**values, due_at=due_at))

    def make_due(self, endpoint_id: int, now: datetime, lease_s: float) -> None:
        """The endpoint works again: send what waits for its next attempt now, except what is being sent."""
        which = _D.endpoint_id == endpoint_id, text(DUE), _D.due_at > now + timedelta(seconds=lease_s)
        with self._database.write() as session:
            session.execute(update(DELIVERIES).where(*which).values(due_at=now))

    def send_again(self, delivery_ids: Collection[int], now: datetime) -> int:
        """Make these due now, given up or waiting, with a new time limit; returns how many. Delivered ones stay."""
        which = _D.id.in_(delivery_ids), _D.delivered_at.is_(None)
        with self._database.write() as session:
            changing = update(DELIVERIES).where(*which).values(due_at=now, give_up_at=now + GIVE_UP_AFTER, attempts=0)
            return len(session.execute(changing.returning(_D.id)).all())

    def add_test(self, event_id: str, endpoint_id: int, now: datetime) -> int:
        """Queue a test; returns the id of its delivery."""
        with self._database.write() as session:
            queue_test(session, event_id, endpoint_id, now)
            return int(session.execute(select(_D.id).where(_D.event_id == event_id)).scalar_one())

    def find(self, delivery_id: int) -> Delivery | None:
        """One delivery; None if there is none with this id."""
        with self._database.read() as session:
            row = session.execute(select(*_LISTED).where(_D.id == delivery_id, _IS_KNOWN)).one_or_none()
        return None if row is None else _delivery(row)

    def newest(
        self, limit: int = 50, *, before: int | None = None, status: DeliveryStatus | None = None
    ) -> list[Delivery]:
        """The newest deliveries, with `before` only those with a lower id."""
        statement = select(*_LISTED).where(_IS_KNOWN).order_by(_D.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(_D.id < before)
        if status is not None:
            statement = statement.where(_has(status))
        with self._database.read() as session:
            return [_delivery(row) for row in session.execute(statement)]

    def last_of(self, endpoint_id: int) -> Delivery | None:
        """The delivery of an endpoint that was attempted last; None before the first."""
        which = _D.endpoint_id == endpoint_id, _D.last_attempt_at.is_not(None), _IS_KNOWN
        statement = select(*_LISTED).where(*which).order_by(_D.last_attempt_at.desc(), _D.id.desc()).limit(1)
        with self._database.read() as session:
            row = session.execute(statement).first()
        return None if row is None else _delivery(row)

    def forget_old(self, now: datetime) -> int:
        """Delete deliveries of events older than `KEEP_FOR`, except those still to be sent; returns how many.

        Those that nothing sends, because their endpoint is paused or removed, are deleted as well.
        """
        active = select(ENDPOINTS.c.id).where(ENDPOINTS.c.paused_at.is_(None))
        is_unused = or_(_D.due_at.is_(None), _D.endpoint_id.not_in(active))
        old = select(_D.id).where(_D.at < now - KEEP_FOR, is_unused).limit(1)
        with self._database.read() as session:
            if session.execute(old).first() is None:  # usually: then nothing is written
                return 0
        with self._database.write() as session:
            deleting = delete(DELIVERIES).where(_D.at < now - KEEP_FOR, is_unused).returning(_D.id)
            return len(session.execute(deleting).all())


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Due by now, or at a time that only a clock that was ahead can have set."""
    latest = now + timedelta(seconds=RETRY_DELAYS_S[-1]) + _SKEW
    return and_(text(DUE), _IS_KNOWN, or_(_D.due_at <= now, _D.due_at > latest))


def _claiming(which: ColumnElement[bool], now: datetime, lease_s: float) -> Any:
    is_first = and_(_D.attempts == 0, text(DUE))  # a test is not due: it is sent once
    give_up_at = case((is_first, now + GIVE_UP_AFTER), else_=_D.give_up_at)
    values = {"due_at": now + timedelta(seconds=lease_s), "attempts": _D.attempts + 1, "give_up_at": give_up_at}
    return update(DELIVERIES).where(which).values(**values).returning(DELIVERIES)


def _has(status: DeliveryStatus) -> ColumnElement[bool]:
    if status is DeliveryStatus.DELIVERED:
        return _D.delivered_at.is_not(None)
    if status is DeliveryStatus.WAITING:
        return and_(text(DUE), _D.delivered_at.is_(None))
    return and_(_D.due_at.is_(None), _D.delivered_at.is_(None))


def _claimed(row: Row[Any] | None) -> ClaimedDelivery | None:
    return None if row is None else ClaimedDelivery(_delivery(row), row.data)


def _delivery(row: Row[Any]) -> Delivery:
    if row.delivered_at is not None:
        status = DeliveryStatus.DELIVERED
    else:
        status = DeliveryStatus.FAILED if row.due_at is None else DeliveryStatus.WAITING
    same = ("id", "endpoint_id", "event_id", "task_id", "at", "attempts", "due_at")
    results = ("last_attempt_at", "delivered_at", "http_status")
    return Delivery(
        event=WebhookEvent(row.event),
        status=status,
        problem=_problem(row.problem),
        **{name: row._mapping[name] for name in (*same, *results)},
    )


def _problem(stored: str | None) -> DeliveryProblem | None:
    try:
        return DeliveryProblem(stored) if stored else None
    except ValueError:  # of a newer version that runs as well
        return DeliveryProblem.INTERNAL
