"""Tasks that were found at the provider: new rows for them, and the tasks of unknown outcome they may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from kaimedia.domain import ErrorCode, Phase, Task
from kaimedia.errors import StaleTransition
from kaimedia.store import cursors
from kaimedia.store.database.database import Database
from kaimedia.store.ledger.writer import reconcile
from kaimedia.store.rows import load_tasks
from kaimedia.store.tables import MEDIA, TASKS
from kaimedia.store.tasks.creator import NewTask, insert_task
from kaimedia.store.tasks.reader import one_task
from kaimedia.store.tasks.updater import TAKEN


@dataclass(frozen=True, slots=True)
class FoundFacts:
    """What the provider says about a task. `phase` is waiting or saving; `result_urls` are empty while it runs."""

    provider_task_id: str
    phase: Phase
    result_urls: tuple[str, ...]
    credits: float | None
    made_at: datetime
    done_at: datetime | None


class ImportedTasks:
    """Adds found tasks. Safe to share between threads; every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, new: NewTask, found: FoundFacts, now: datetime) -> Task:
        """Add a task with its media, in one transaction; the ledger gets what the provider reports.

        It is dated by when it was made; the engine handles it at once.

        Raises:
            StaleTransition: A task with this id at the provider exists.
        """
        task_id = uuid4().hex
        columns = {
            "phase": found.phase.value,
            "status": found.phase.status.value,
            "provider_task_id": found.provider_task_id,
            "result_urls": list(found.result_urls),
            "credits_actual": found.credits,
            "sent_at": found.made_at,
            "accepted_at": now if found.done_at is None else found.made_at,
            "provider_done_at": found.done_at,
            "imported_at": now,
            "updated_at": now,
            "due_at": now,
        }
        try:
            with self._database.write() as session:
                insert_task(session, new, task_id, found.made_at, **columns)
                media = update(MEDIA).where(MEDIA.c.task_id == task_id)
                session.execute(media.values(status=found.phase.status.value))
                reconcile(session, [task_id], now)
                return one_task(session, TASKS.c.task_id == task_id)
        except IntegrityError as error:
            raise StaleTransition(TAKEN) from error

    def lost(self, provider: str, model: str, since: datetime, until: datetime) -> list[Task]:
        """Tasks of a model sent in that time whose outcome is unknown and that have no id, dismissed ones too."""
        which = (
            TASKS.c.provider == provider,
            TASKS.c.model == model,
            TASKS.c.provider_task_id.is_(None),
            TASKS.c.phase == Phase.FAILED.value,
            TASKS.c.error_code == ErrorCode.OUTCOME_UNKNOWN.value,
            TASKS.c.sent_at.between(since, until),
        )
        with self._database.read() as session:
            return load_tasks(session, select(TASKS).where(*which).order_by(*cursors.order(TASKS, newest_first=True)))
