"""Tasks: what was requested, their state, and which engine works on them."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select, update

from kaimedia.domain import (
    GenerationRequest,
    Media,
    Modality,
    Phase,
    SavedFile,
    Status,
    Task,
)
from kaimedia.errors import StaleTransition
from kaimedia.store.claims import TaskClaims
from kaimedia.store.database import Database
from kaimedia.store.held_tasks import HeldTasks
from kaimedia.store.idempotency import IdempotencyKeys, earlier_task_id, known_task_id, save_key
from kaimedia.store.prompts import PromptReads
from kaimedia.store.rows import media_from, request_json
from kaimedia.store.tables import MEDIA, TASKS
from kaimedia.store.task_changes import TaskChanges
from kaimedia.store.task_reads import TaskReads, one_task


class TaskStore(TaskReads, PromptReads, TaskChanges, TaskClaims, HeldTasks, IdempotencyKeys):
    """Every task of one database. Safe to share between threads; each call is one transaction.

    Every method may raise `StoreUnavailable`. Times are timezone-aware; `now` is the caller's clock.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    def create(
        self,
        request: GenerationRequest,
        *,
        modality: Modality,
        provider: str,
        n_media: int,
        credits_estimated: float | None,
        now: datetime,
        due_at: datetime | None = None,
        retry_of: str | None = None,
        parent_media_id: int | None = None,
        idempotency: tuple[str, str] | None = None,
        dedupe: tuple[str, datetime] | None = None,
    ) -> Task:
        """Create a task, its frozen inputs and its `n_media` pending media, in one transaction.

        With `idempotency`, a key and the hash of the request body, a repeated call returns the first call's task.
        With `dedupe`, an internal key and a time, it returns the task created with that key since that time.

        Raises:
            KeyReused: The key was used with another hash.
            NotFound: The key's task was deleted.
        """
        if n_media < 1:
            raise ValueError("a task makes at least one image or video")
        task_id = uuid4().hex
        media = _media_values(request, modality, provider, now) | {"task_id": task_id, "parent_id": parent_media_id}
        phase = Phase.PREPARING if request.reference else Phase.QUEUED
        with self._db.write() as session:
            if idempotency is not None and not save_key(session, *idempotency, task_id, now):
                return one_task(session, TASKS.c.task_id == known_task_id(session, *idempotency))
            if dedupe is not None and (earlier := earlier_task_id(session, *dedupe, task_id, now)):
                return one_task(session, TASKS.c.task_id == earlier)
            first = session.execute(insert(MEDIA).values(**media, variant=0).returning(MEDIA.c.id)).scalar_one()
            if n_media > 1:
                session.execute(insert(MEDIA), [media | {"variant": variant} for variant in range(1, n_media)])
            session.execute(
                insert(TASKS).values(
                    media_id=first,
                    task_id=task_id,
                    status=phase.status.value,
                    phase=phase.value,
                    created_at=now,
                    updated_at=now,
                    due_at=due_at or now,
                    modality=modality.value,
                    model=request.model,
                    provider=str(provider),
                    request=request_json(request),
                    credits_estimated=credits_estimated,
                    nonce=secrets.token_urlsafe(24),
                    retry_of=retry_of,
                )
            )
            return one_task(session, TASKS.c.task_id == task_id)

    def save_result(self, task_id: str, variant: int, saved: SavedFile, now: datetime) -> Media:
        """Complete the media of one result, adding a row if there are more results than requested.

        A result that is already completed is returned unchanged: the first saved file wins.

        Raises:
            NotFound: There is no such task.
        """
        with self._db.write() as session:
            # Locked, so that two workers do not add the same row.
            session.execute(select(TASKS.c.id).where(TASKS.c.task_id == task_id).with_for_update())
            task = one_task(session, TASKS.c.task_id == task_id)
            which = select(MEDIA).where(MEDIA.c.task_id == task_id, MEDIA.c.variant == variant).order_by(MEDIA.c.id)
            row = session.execute(which.limit(1)).first()
            if row is not None and row.status == Status.COMPLETED.value:
                return media_from(row)
            values = _file_values(saved) | {"status": Status.COMPLETED.value, "completed_at": now}
            if row is None:
                new_values = _media_values(task.request, task.modality, task.provider, now)
                values = new_values | {"task_id": task_id, "variant": variant} | values
                media_id = session.execute(insert(MEDIA).values(**values).returning(MEDIA.c.id)).scalar_one()
            else:
                media_id = row.id
                values |= {"error_message": None, "deleted_at": None}
                session.execute(update(MEDIA).where(MEDIA.c.id == media_id).values(**values))
            session.execute(update(TASKS).where(TASKS.c.task_id == task_id).values(updated_at=now))
            return media_from(session.execute(select(MEDIA).where(MEDIA.c.id == media_id)).one())

    def fetch_again(self, task_id: str, media_ids: Collection[int], now: datetime) -> Task:
        """Reopen a finished task because the files of these media are missing; the media become unfinished.

        Raises:
            StaleTransition: The task is running.
            NotFound: There is no such task.
        """
        ended = TASKS.c.task_id == task_id, TASKS.c.phase.in_((Phase.DONE.value, Phase.FAILED.value))
        waiting: dict[str, Any] = {
            "phase": Phase.WAITING.value, "status": Phase.WAITING.status.value, "error_code": None,
            "error_message": None, "note": None, "attempts": 0, "findings": {}, "accepted_at": now, "due_at": now,
            "updated_at": now, "completed_at": None, "dismissed_at": None, "owner": None, "lease_until": None,
        }  # fmt: skip
        without_file = dict.fromkeys(("filename", "file_path", "thumbnail_path", "thumbnail_large_path", "poster_path"))
        with self._db.write() as session:
            if session.execute(update(TASKS).where(*ended).values(**waiting).returning(TASKS.c.id)).first() is None:
                one_task(session, TASKS.c.task_id == task_id)
                raise StaleTransition("The task is still running.")
            values = without_file | {"status": Phase.WAITING.status.value, "error_message": None, "sha256": None}
            session.execute(update(MEDIA).where(MEDIA.c.id.in_(media_ids)).values(**values))
            return one_task(session, TASKS.c.task_id == task_id)


def _media_values(request: GenerationRequest, modality: Modality, provider: str, now: datetime) -> dict[str, Any]:
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
    }


def _file_values(saved: SavedFile) -> dict[str, Any]:
    values: dict[str, Any] = {
        "filename": saved.filename,
        "file_path": saved.filename,
        "thumbnail_path": saved.thumbnail_name,
        "thumbnail_large_path": saved.thumbnail_large_name,
        "poster_path": saved.poster_name,
        "width_px": saved.width_px,
        "height_px": saved.height_px,
        "size_bytes": saved.size_bytes,
        "sha256": saved.sha256,
        "mime_type": saved.mime_type,
        "condition": saved.condition.value,
        "colors": saved.colors,
    }
    if saved.media_type is not None:
        values["media_type"] = saved.media_type.value
    if saved.duration_s is not None:
        values["duration"] = max(1, round(saved.duration_s))
    return values
