"""New tasks, with their media and idempotency keys."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import insert
from sqlmodel import Session

from kaimedia.domain import GenerationRequest, Modality, Phase, Reference, Role, Status, Task
from kaimedia.store.database.database import Database
from kaimedia.store.ledger.limits import Charge, check_limits
from kaimedia.store.ledger.writer import Subject, enter_task
from kaimedia.store.rows import request_json
from kaimedia.store.tables import MEDIA, MEDIA_INPUTS, TASKS
from kaimedia.store.tasks.batch_rules import is_paused, pausing
from kaimedia.store.tasks.continued import OnceOf, make_room
from kaimedia.store.tasks.idempotency import earlier_task_id, known_task_id, save_key
from kaimedia.store.tasks.reader import one_task
from kaimedia.store.webhooks.outbox import reporting_refusals


@dataclass(frozen=True, slots=True)
class NewTask:
    """A validated request that is ready to be queued.

    `continued_media_ids` are the items of an earlier task that this one extends, recorded beside the references.
    `once_of` is that task, where its provider continues it this way only once. `usd_per_credit` is the rate now, 0
    where nothing is charged; `token_id` says which API token asked for it, see `LedgerEntry`. `is_free` means that
    spending limits do not apply. With `is_price_open`, `credits_estimated` is the least it costs, and the most is not
    known.
    """

    request: GenerationRequest
    modality: Modality
    provider: str
    n_media: int
    credits_estimated: float | None
    continued_media_ids: tuple[int, ...] = ()
    once_of: OnceOf | None = None
    usd_per_credit: float | None = None
    token_id: str = ""
    is_free: bool = False
    is_price_open: bool = False


class TaskCreator:
    """Creates tasks. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        new: NewTask,
        *,
        now: datetime,
        due_at: datetime | None = None,
        retry_of: Task | None = None,
        idempotency: tuple[str, str] | None = None,
        dedupe: tuple[str, datetime] | None = None,
    ) -> Task:
        """Create a task, its frozen inputs and its pending media, in one transaction.

        With `idempotency`, a key and the hash of the request body, a repeated call returns the first call's task.
        With `dedupe`, an internal key and a time, it returns the task created with that key since that time.
        One that repeats another (`retry_of`) belongs to the same batch.

        Raises:
            KeyReused: The key was used with another hash.
            NotFound: The key's task was deleted.
            Conflict: The provider continues the earlier task only once, and another task does so already.
            LimitReached: A spending limit does not allow it.
            StoreUnavailable: The database cannot be written.
        """
        task_id = uuid4().hex
        with reporting_refusals(self._database, now), self._database.write() as session:
            if idempotency is not None and not save_key(session, *idempotency, task_id, now):
                return one_task(session, TASKS.c.task_id == known_task_id(session, *idempotency))
            if dedupe is not None and (earlier := earlier_task_id(session, *dedupe, task_id, now)):
                return one_task(session, TASKS.c.task_id == earlier)
            check_new(session, [new], now)
            more: dict[str, Any] = {"due_at": due_at or now}
            if retry_of is not None:
                more |= {"retry_of": retry_of.task_id, "batch_id": retry_of.batch_id}
                if is_paused(session, retry_of.batch_id):
                    more |= pausing(now)
            insert_task(session, new, task_id, now, **more)
            return one_task(session, TASKS.c.task_id == task_id)


def check_new(session: Session, tasks: Sequence[NewTask], now: datetime) -> None:
    """Check that spending limits allow these tasks together; insert them in the same transaction.

    Raises:
        LimitReached: see `check_limits`.
    """
    charged = [new for new in tasks if not new.is_free]
    charges = [
        Charge(str(new.provider), new.token_id, new.credits_estimated, new.usd_per_credit, new.is_price_open)
        for new in charged
    ]
    check_limits(session, charges, now)


def insert_task(session: Session, new: NewTask, task_id: str, now: datetime, **more: Any) -> None:
    """Insert a task with its pending media, and reserve its price; `more` are further columns of its row.

    Raises:
        Conflict: see `make_room`.
    """
    if new.n_media < 1:
        raise ValueError("a task makes at least one image or video")
    if new.once_of is not None:
        make_room(session, str(new.provider), new.request, new.once_of, now, more.get("retry_of"))
    media = pending_media(new.request, new.modality, new.provider, now) | {"task_id": task_id}
    media["parent_id"] = media["parent_id"] or next(iter(new.continued_media_ids), None)
    # One after the other, so that ids rise with the variants.
    ids = [
        session.execute(insert(MEDIA).values(**media, variant=variant).returning(MEDIA.c.id)).scalar_one()
        for variant in range(new.n_media)
    ]
    record_inputs(session, ids, new.request.references, new.continued_media_ids)
    task = new_task(new.request, new.modality, new.provider, now) | {"task_id": task_id, "media_id": ids[0]}
    session.execute(insert(TASKS).values(**(task | {"credits_estimated": new.credits_estimated} | more)))
    subject = Subject(
        *(task_id, str(new.provider), new.request.model, new.modality.value, now),
        token_id=new.token_id,
        usd_per_credit=new.usd_per_credit,
    )
    enter_task(session, subject, new.credits_estimated)


def new_task(request: GenerationRequest, modality: Modality, provider: str, now: datetime) -> dict[str, Any]:
    """The columns of a task that was just submitted."""
    phase = Phase.PREPARING if request.references else Phase.QUEUED
    return {
        "status": phase.status.value,
        "phase": phase.value,
        "created_at": now,
        "updated_at": now,
        "modality": modality.value,
        "model": request.model,
        "provider": str(provider),
        "request": request_json(request),
        "nonce": secrets.token_urlsafe(24),
    }


def pending_media(request: GenerationRequest, modality: Modality, provider: str, now: datetime) -> dict[str, Any]:
    """The columns of a media row whose result is not saved yet."""
    return {
        "media_type": modality.value,
        "prompt": request.prompt,
        "model": request.model,
        "aspect_ratio": request.aspect_ratio,
        "duration": request.duration_s,
        "status": Status.PENDING.value,
        "created_at": now,
        "provider": str(provider),
        "params": dict(request.params),
        "parent_id": next((each.media_id for each in request.references if each.media_id is not None), None),
    }


def record_inputs(
    session: Session, media_ids: Sequence[int], references: Sequence[Reference], continued_media_ids: Sequence[int] = ()
) -> None:
    """Record which gallery items these were made from, and in which role."""
    sources = [(media_id, Role.SOURCE_VIDEO) for media_id in continued_media_ids]
    given = [(reference.media_id, reference.role) for reference in references]
    rows = [
        {"media_id": media_id, "position": position, "parent_id": parent_id, "role": role or ""}
        for media_id in media_ids
        for position, (parent_id, role) in enumerate((*given, *sources))
        if parent_id is not None
    ]
    if rows:
        session.execute(insert(MEDIA_INPUTS), rows)
