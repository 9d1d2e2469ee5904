"""How long finished tasks took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from kaimedia.domain import GenerationRequest, Modality, Status
from kaimedia.store import cursors
from kaimedia.store.database.database import Database
from kaimedia.store.rows import request_from
from kaimedia.store.tables import TASKS

LONGEST_SAVING_S = 600.0
_TIMES = TASKS.c.accepted_at, TASKS.c.provider_done_at, TASKS.c.completed_at
_FINISHED = (
    TASKS.c.status == Status.COMPLETED.value,
    TASKS.c.accepted_at.is_not(None),
    TASKS.c.completed_at.is_not(None),
    TASKS.c.imported_at.is_(None),  # when it was done is known, not when it would have been saved
)


@dataclass(frozen=True, slots=True)
class TaskDuration:
    """What was requested, and the seconds from acceptance to the saved result."""

    request: GenerationRequest
    taken_s: float


class TaskDurations:
    """Reads how long completed tasks took. Safe to share between threads; may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_model(self, model: str, provider: str, limit: int) -> list[TaskDuration]:
        """A model's latest `limit` completed tasks at a provider, newest first; without those that tell nothing."""
        statement = (
            select(TASKS.c.request, TASKS.c.modality, *_TIMES)
            .where(*_FINISHED, TASKS.c.model == model, TASKS.c.provider == str(provider))
            .order_by(*cursors.order(TASKS, newest_first=True))
            .limit(limit)
        )
        with self._database.read() as session:
            rows = session.execute(statement).all()
        return [
            TaskDuration(request_from(row.request, Modality(row.modality)), taken_s)
            for row in rows
            if (taken_s := _taken_s(row)) is not None
        ]

    def recent_s(self, limit: int) -> dict[tuple[str, str], list[float]]:
        """The seconds by model and provider, newest first, of those among the latest `limit` completed tasks."""
        statement = (
            select(TASKS.c.model, TASKS.c.provider, *_TIMES)
            .where(*_FINISHED)
            .order_by(*cursors.order(TASKS, newest_first=True))
            .limit(limit)
        )
        with self._database.read() as session:
            rows = session.execute(statement).all()
        found: dict[tuple[str, str], list[float]] = {}
        for row in rows:
            if (taken_s := _taken_s(row)) is not None:
                found.setdefault((row.model, row.provider), []).append(taken_s)
        return found


def _taken_s(row: Row[Any]) -> float | None:
    """Seconds from acceptance to the saved result; None if its files were fetched again, or only much later."""
    accepted_at: datetime = row.accepted_at
    saved_at: datetime = row.completed_at
    done_at: datetime = row.provider_done_at or saved_at
    if (saved_at - done_at).total_seconds() > LONGEST_SAVING_S:
        return None
    return max(0.0, (saved_at - accepted_at).total_seconds())
