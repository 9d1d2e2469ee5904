"""Detects from the running tasks whether the provider answers at all."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kaimedia.domain import Status, Task
from kaimedia.jobs.key_check import KeyStatus
from kaimedia.jobs.providers import Providers


@dataclass(frozen=True, slots=True)
class Outage:
    """A provider does not answer: which one, since when, as far as we know, and how many tasks wait for it."""

    provider: str
    since: datetime
    waiting: int


class OutageService:
    """Detects outages of the provider."""

    def __init__(self, providers: Providers) -> None:
        self._providers = providers
        self._guard = threading.Lock()
        self._unanswered_since: dict[str, datetime] = {}

    def current(self, tasks: Sequence[Task], now: datetime, *, also_waiting: int = 0) -> Outage | None:
        """The outage of the provider in use, by the notes of `tasks` and the last balance call; None if it answers.

        `also_waiting` are further tasks with such a note. Makes no network call.
        """
        state = self._providers.state()
        running = [task for task in tasks if task.status is not Status.FAILED and task.provider == state.name]
        waiting = also_waiting + sum(task.note_code is not None and task.note_code.is_outage for task in running)
        is_answering = any(task.attempts == 0 and task.accepted_at for task in running)
        has_no_answer = state.check.status is KeyStatus.NO_ANSWER and not is_answering
        with self._guard:
            if not (waiting or has_no_answer):
                self._unanswered_since.pop(state.name, None)
                return None
            begun = state.check.checked_at if has_no_answer and state.check.checked_at else now
            return Outage(state.name, self._unanswered_since.setdefault(state.name, begun), waiting)
