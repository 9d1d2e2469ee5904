"""Tasks held until the user decides, because this database is a copy and the original may have paid for them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from kaimedia.domain import Phase, Task, utc_now
from kaimedia.errors import StaleTransition
from kaimedia.store.database.database import Database
from kaimedia.store.database.identity import CopyState
from kaimedia.store.tasks.held import HeldTasks
from kaimedia.store.tasks.reader import TaskReader


@dataclass(frozen=True, slots=True)
class Held:
    """The held tasks, newest first; how many are being polled; why this database counts as a copy."""

    tasks: tuple[Task, ...]
    watched: int
    copy: CopyState | None


class Holds:
    """Held tasks: list, send or dismiss them."""

    def __init__(self, held: HeldTasks, tasks: TaskReader, wake: Callable[[], None], database: Database) -> None:
        self._held = held
        self._tasks = tasks
        self._database = database
        self._wake = wake

    def count(self) -> int:
        """How many tasks wait for a decision."""
        return self._held.count()

    def summary(self) -> Held:
        """Everything the user needs to decide."""
        counts = self._tasks.counts()
        watched = counts[Phase.WAITING] + counts[Phase.GENERATING] + counts[Phase.SAVING]
        return Held(tuple(self._held.newest()), watched, self._database.copy_state())

    def send(self, task_ids: Collection[str] | None = None) -> int:
        """Send these held tasks, or all: each is a paid task. Returns how many."""
        number = self._held.release(task_ids, utc_now())
        self._wake()
        return number

    def send_one(self, task_id: str) -> Task:
        """Send one held task.

        Raises:
            StaleTransition: it is not held, or no longer.
        """
        if not self.send([task_id]):
            raise StaleTransition("This task is not held.")
        return self._tasks.get(task_id)

    def dismiss(self, task_ids: Collection[str] | None = None) -> int:
        """Dismiss these held tasks, or all, without sending them. Returns how many."""
        return self._held.dismiss(task_ids, utc_now())
