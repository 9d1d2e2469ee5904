"""Create tasks for tests: queued, sent, finished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import insert

from kaimedia.domain import (
    GenerationRequest,
    Modality,
    Phase,
    ProviderName,
    SavedFile,
    Task,
    TaskChange,
)
from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from kaimedia.store.tables import MEDIA, TASKS
from kaimedia.store.tasks.creator import NewTask

NOW = datetime(2026, 11, 22, 10, 15, 30, 123456, tzinfo=UTC)
SANDBOX = ProviderName.SANDBOX
REQUEST = GenerationRequest(
    model="gpt4o-image", prompt="a lighthouse", aspect_ratio="3:2", variants=1, params={"quality": "high", "seed": 7}
)


def later(seconds: float) -> datetime:
    """`NOW` plus that many seconds."""
    return NOW + timedelta(seconds=seconds)


def new_task(*, n_media: int = 1, provider: ProviderName = SANDBOX, **changes: Any) -> NewTask:
    """An image task to be created; `changes` are fields of the request."""
    request = replace(REQUEST, variants=n_media, **changes)
    return NewTask(request, Modality.IMAGE, provider, n_media, 6.0, is_free=provider is SANDBOX)


def create_task(stores: Stores, *, now: datetime = NOW, n_media: int = 1, **changes: Any) -> Task:
    """Create an image task; `changes` are fields of the request."""
    return stores.task_creator.create(new_task(n_media=n_media, **changes), now=now)


def move(stores: Stores, task: Task, phase: Phase, *, now: datetime = NOW, **fields: Any) -> Task:
    """Move a task to a phase from any other."""
    values: Mapping[str, Any] = {"phase": phase, **fields}
    return stores.task_updater.change(TaskChange(task.task_id, frozenset(Phase), values), now)


def send(stores: Stores, provider_task_id: str, *, now: datetime = NOW, **changes: Any) -> Task:
    """A task that the provider has accepted."""
    task = create_task(stores, now=now, **changes)
    return move(stores, task, Phase.WAITING, now=now, provider_task_id=provider_task_id, sent_at=now, due_at=now)


def saved(name: str = "image_20261122T101530Z_00.png", **changes: Any) -> SavedFile:
    """A saved result."""
    facts = SavedFile(
        filename=name,
        mime_type="image/png",
        size_bytes=1000,
        sha256="ab" * 32,
        width_px=1536,
        height_px=1024,
        duration_s=None,
        thumbnail_name=f"{name}_thumb.webp",
        thumbnail_large_name=f"{name}_large.webp",
        poster_name=None,
        colors="aabbccddeeff",
    )
    return replace(facts, **changes)


def finish(stores: Stores, name: str, *, now: datetime = NOW, n_media: int = 1, **changes: Any) -> Task:
    """A completed task with a file for each of its media."""
    task = send(stores, f"provider-{name}", now=now, n_media=n_media, **changes)
    for variant in range(n_media):
        stores.task_results.save(task.task_id, variant, saved(f"{name}-{variant}.png"), now)
    return move(stores, task, Phase.DONE, now=now, due_at=None)


def many_queued(db: Database, number: int, *, now: datetime = NOW) -> set[str]:
    """Insert queued tasks in one transaction; returns their ids."""
    names = [uuid4().hex for _ in range(number)]
    media = {"media_type": "image", "prompt": "p", "model": "m", "created_at": now}
    task = {"phase": "queued", "due_at": now, "provider": "sandbox", "created_at": now, "updated_at": now}
    with db.write() as session:
        session.execute(insert(MEDIA), [media | {"task_id": name} for name in names])
        found = session.execute(MEDIA.select().where(MEDIA.c.task_id.in_(names))).all()
        session.execute(insert(TASKS), [task | {"task_id": row.task_id, "media_id": row.id} for row in found])
    return set(names)
