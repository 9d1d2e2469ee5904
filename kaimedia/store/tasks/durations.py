"""How long finished tasks took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from kaimedia.domain import GenerationRequest, Modality, Status
from kaimedia.store import cursors
from kaimedia.store.database.database import Database
from kaimedia.store.rows import request_from
from kaimedia.store.tables import TASKS


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
        """A model's latest `limit` completed tasks at a provider, newest first."""
        statement = (
            select(TASKS.c.request, TASKS.c.modality, TASKS.c.accepted_at, TASKS.c.completed_at)
            .where(
                TASKS.c.status == Status.COMPLETED.value,
                TASKS.c.model == model,
                TASKS.c.provider == str(provider),
                TASKS.c.accepted_at.is_not(None),
                TASKS.c.completed_at.is_not(None),
            )
            .order_by(*cursors.order(TASKS, newest_first=True))
            .limit(limit)
        )
        with self._database.read() as session:
            rows = session.execute(statement).all()
        return [
            TaskDuration(request_from(row.request, Modality(row.modality)), _taken_s(row.accepted_at, row.completed_at))
            for row in rows
        ]

    def recent_s(self, limit: int) -> dict[tuple[str, str], list[float]]:
        """The seconds by model and provider, newest first, of those among the latest `limit` completed tasks."""
        statement = (
            select(TASKS.c.model, TASKS.c.provider, TASKS.c.accepted_at, TASKS.c.completed_at)
            .where(TASKS.c.status == Status.COMPLETED.value)
            .order_by(*cursors.order(TASKS, newest_first=True))
            .limit(limit)
        )
        with self._database.read() as session:
            rows = session.execute(statement).all()
        found: dict[tuple[str, str], list[float]] = {}
        for row in rows:
            if row.accepted_at is not None and row.completed_at is not None:
                found.setdefault((row.model, row.provider), []).append(_taken_s(row.accepted_at, row.completed_at))
        return found


def _taken_s(accepted_at: datetime, completed_at: datetime) -> float:
    return max(0.0, (completed_at - accepted_at).total_seconds())
