"""Queues events for delivery, inside the transaction that changes the task.

Ids of events are derived from what happened: one that is queued again, such as after an older copy of the database was
restored, keeps its id, so that a receiver can tell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Row, select
from sqlmodel import Session

from kaimedia.domain import Phase, Status
from kaimedia.domain.limits import LimitScope, SpendingLimit, period_start, resets_at
from kaimedia.domain.webhook import GIVE_UP_AFTER, WebhookEvent
from kaimedia.errors import LimitReached, StoreError
from kaimedia.store.database.database import Database
from kaimedia.store.rows import media_ids_of
from kaimedia.store.statements import chunks, insert_into
from kaimedia.store.tables import MEDIA, TASKS
from kaimedia.store.webhooks.snapshot import snapshot_of
from kaimedia.store.webhooks.tables import DELIVERIES, ENDPOINTS

ENDED = frozenset({Phase.DONE.value, Phase.FAILED.value})
_EVENTS = {Phase.DONE.value: WebhookEvent.TASK_COMPLETED, Phase.FAILED.value: WebhookEvent.TASK_FAILED}
_ROWS = 1000  # of 9 values each; SQLite allows 32,766 values in a statement


def queue_ended(session: Session, task_ids: Collection[str], now: datetime) -> None:
    """Queue an event for each of these tasks that has ended; nothing where there is no endpoint.

    Call it after changing their rows, in the same transaction. A task is reported as completed once, and as failed
    once for each time it was sent or resumed and each error code.
    """
    endpoint_ids = _endpoint_ids(session) if task_ids else []
    if not endpoint_ids:
        return
    for some in chunks(sorted(set(task_ids))):
        ended = TASKS.c.task_id.in_(some), TASKS.c.phase.in_(ENDED)
        tasks = session.execute(select(TASKS).where(*ended).order_by(TASKS.c.task_id)).all()
        ids = [task.task_id for task in tasks]
        media_ids, names = media_ids_of(session, ids), _result_names(session, ids)
        events = [
            _event(_event_id(task), _EVENTS[task.phase], now, task.task_id)
            | {"data": snapshot_of(task, media_ids[task.task_id], names.get(task.task_id, []))}
            for task in tasks
        ]
        _insert(session, events, endpoint_ids)


@contextmanager
def reporting_refusals(database: Database, now: datetime) -> Iterator[None]:
    """Queue an event if a spending limit refuses what the block does, once for each limit and period.

    The block's own transaction must have ended by then, rolled back.
    """
    try:
        yield
    except LimitReached as error:
        if error.limit is not None:
            with suppress(StoreError), database.write() as session:  # the refusal is what the caller must see
                if endpoint_ids := _endpoint_ids(session):
                    _insert(session, [_limit_event(error, error.limit, now)], endpoint_ids)
        raise


def queue_test(session: Session, event_id: str, endpoint_id: int, now: datetime) -> None:
    """Add a test for one endpoint, paused or not; only a claim of just this delivery sends it, and only once."""
    once = {"due_at": None, "give_up_at": now, "data": {"message": "This is a test."}}
    _insert(session, [_event(event_id, WebhookEvent.TEST, now, "") | once], [endpoint_id])


def _endpoint_ids(session: Session) -> list[int]:
    return list(session.execute(select(ENDPOINTS.c.id).order_by(ENDPOINTS.c.id)).scalars())


def _event(event_id: str, event: WebhookEvent, now: datetime, task_id: str) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "event": event.value,
        "task_id": task_id,
        "at": now,
        "due_at": now,
        "give_up_at": now + GIVE_UP_AFTER,
    }


def _insert(session: Session, events: Sequence[dict[str, Any]], endpoint_ids: Sequence[int]) -> None:
    rows = [event | {"endpoint_id": endpoint_id} for event in events for endpoint_id in endpoint_ids]
    for some in chunks(rows, _ROWS):
        session.execute(insert_into(session, DELIVERIES).values(some).on_conflict_do_nothing())


def _event_id(task: Row[Any]) -> str:
    what = [_EVENTS[task.phase].value, task.task_id]
    if task.phase == Phase.FAILED.value:
        moments = (task.sent_at, task.accepted_at)
        what += [task.error_code or "", *(moment.isoformat() if moment else "" for moment in moments)]
    return _id_of(*what)


def _id_of(*what: str) -> str:
    return f"evt_{uuid5(NAMESPACE_URL, ' '.join(what)).hex}"


def _result_names(session: Session, task_ids: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if task_ids:
        is_saved = MEDIA.c.status == Status.COMPLETED.value, MEDIA.c.filename.is_not(None), MEDIA.c.deleted_at.is_(None)
        statement = select(MEDIA.c.task_id, MEDIA.c.filename).where(MEDIA.c.task_id.in_(task_ids), *is_saved)
        for row in session.execute(statement.order_by(MEDIA.c.variant, MEDIA.c.id)):
            found.setdefault(row.task_id, []).append(row.filename)
    return found


def _limit_event(error: LimitReached, limit: SpendingLimit, now: datetime) -> dict[str, Any]:
    # The limit for one task has no period: it is reported once a day.
    period = LimitScope.DAY if limit.scope is LimitScope.TASK else limit.scope
    since = period_start(period, now)
    what = (limit.scope.value, limit.token_id, limit.text(limit.amount), since.isoformat())
    ends_at = resets_at(limit.scope, now)
    data = {
        "scope": limit.scope.value,
        "token_id": limit.token_id,
        "credits": limit.credits,
        "usd": limit.usd,
        "resets_at": ends_at.isoformat() if ends_at else None,
        "detail": error.message,
        "next_step": error.next_step,
    }
    return _event(_id_of(WebhookEvent.LIMIT_REACHED, *what), WebhookEvent.LIMIT_REACHED, now, "") | {"data": data}
