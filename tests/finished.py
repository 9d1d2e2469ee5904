"""Finished tasks for tests of what comes after: made once by the engine and the sandbox, then copied.

Making three items takes longer than most of these tests. `tests/engine/` tests how they are made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import func, insert, select

from kaimedia.context import AppContext
from kaimedia.domain import GenerationRequest, Media, Phase, Task, utc_now
from kaimedia.store.ledger.writer import reconcile
from kaimedia.store.tables import MEDIA, TASKS
from tests.conftest import wait_for_phase

PATHS = ("filename", "file_path", "thumbnail_path", "thumbnail_large_path", "poster_path")
_KEY = re.compile(r"(?<=_)[0-9a-f]{32}(?=[._])")  # what makes a file's name unique


@dataclass(frozen=True)
class Made:
    """The rows of a finished task and its media, and their files by name."""

    task: dict[str, Any]
    media: list[dict[str, Any]]
    files: dict[str, bytes]


_made: dict[str, Made] = {}


def finished(context: AppContext, request: GenerationRequest) -> tuple[Task, list[Media]]:
    """A finished task of the request and its media, as if the app had just made them. Its engine must run."""
    if request.references:  # they belong to this app
        task_id = _make(context, request)
    elif (made := _made.get(repr(request))) is not None:
        task_id = _copy(context, made)
    else:
        task_id = _make(context, request)
        _made[repr(request)] = _read(context, task_id)
    return context.studio.tasks.get(task_id), context.studio.gallery.of_task(task_id)


def _make(context: AppContext, request: GenerationRequest) -> str:
    task = context.studio.tasks.submit(request)
    return wait_for_phase(context, task.task_id, Phase.DONE).task_id


def _read(context: AppContext, task_id: str) -> Made:
    with context.database.read() as session:
        task = dict(session.execute(select(TASKS).where(TASKS.c.task_id == task_id)).mappings().one())
        rows = session.execute(select(MEDIA).where(MEDIA.c.task_id == task_id).order_by(MEDIA.c.id))
        media = [dict(row) for row in rows.mappings()]
    files: dict[str, bytes] = {}
    for name in {row[path] for row in media for path in PATHS} - {None}:
        if context.storage.facts(name):
            with context.storage.open(name) as file:
                files[name] = file.read()
    return Made(task, media, files)


def _copy(context: AppContext, made: Made) -> str:
    task_id = uuid4().hex
    now = utc_now()
    later = now - made.task["created_at"]  # the order of creation is that of the calls
    keys: dict[str, str] = {}

    def fresh(row: dict[str, Any]) -> dict[str, Any]:
        row = {name: min(value + later, now) if isinstance(value, datetime) else value for name, value in row.items()}
        return {**row, "id": None, "task_id": task_id}

    def renamed(name: str) -> str:
        return _KEY.sub(lambda found: keys.setdefault(found[0], uuid4().hex), name)

    for name, content in made.files.items():
        temp = context.storage.new_temp()
        temp.write_bytes(content)
        context.storage.put(temp, renamed(name), defer_sync=True)
    with context.database.write() as session:
        first_id = 1 + (session.execute(select(func.max(MEDIA.c.id))).scalar_one() or 0)
        media = [fresh(row) for row in made.media]
        for number, row in enumerate(media):
            row |= {"id": first_id + number} | {path: renamed(row[path]) for path in PATHS if row[path]}
        task = fresh(made.task) | {"media_id": first_id, "nonce": uuid4().hex}
        del task["id"]
        same = select(TASKS.c.id).where(TASKS.c.provider_task_id == task["provider_task_id"])
        if session.execute(same).first():
            task["provider_task_id"] = uuid4().hex
        session.execute(insert(MEDIA), media)
        session.execute(insert(TASKS), [task])
        reconcile(session, [task_id], now)  # its entries in the ledger
    return task_id
