"""A task as it was when an event was queued: it may be changed or deleted before the event is delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from kaimedia.domain import Task
from kaimedia.store.columns import UtcDateTime
from kaimedia.store.rows import task_from_columns
from kaimedia.store.tables import TASKS

# Links that expire, what only the engine needs, and what must not leave the database.
_LEFT_OUT = frozenset({"id", "result_urls", "reference_url", "reference_urls", "findings", "nonce", "owner"})
_COLUMNS = [column.name for column in TASKS.c if column.name not in _LEFT_OUT]
_TIMES = frozenset(column.name for column in TASKS.c if isinstance(column.type, UtcDateTime))
_EMPTY: Mapping[str, Any] = {
    **{column.name: None for column in TASKS.c},
    **{"result_urls": [], "reference_urls": [], "findings": {}},
}


def snapshot_of(task: Row[Any], media_ids: Sequence[int], result_names: Sequence[str]) -> dict[str, Any]:
    """JSON values: the columns of a row of `tasks`, the ids of its media and the names of its saved files."""
    stored = task._mapping
    columns = {name: _json_value(stored[name]) for name in _COLUMNS if stored[name] is not None}
    return {"task": columns, "media_ids": list(media_ids), "result_names": list(result_names)}


def task_of(snapshot: Mapping[str, Any]) -> tuple[Task, tuple[str, ...]]:
    """The task of a snapshot, and the names of its saved files."""
    columns = {
        name: datetime.fromisoformat(value) if name in _TIMES and value else value
        for name, value in snapshot["task"].items()
    }
    task = task_from_columns({**_EMPTY, **columns}, tuple(snapshot["media_ids"]))
    return task, tuple(snapshot["result_names"])


def _json_value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
