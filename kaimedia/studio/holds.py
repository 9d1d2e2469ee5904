"""Tasks that wait for a person, because this database is a copy and the original may have paid them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kaimedia.domain import Phase, Task, utc_now
from kaimedia.errors import StaleTransition
from kaimedia.store.database import Database
from kaimedia.store.identity import CopyState
from kaimedia.store.tasks import TaskStore
from kaimedia.studio.parts import Parts


@dataclass(frozen=True, slots=True)
class Held:
    """The tasks held, newest first, how many are watched meanwhile, and why this database counts as a copy."""

    tasks: tuple[Task, ...]
    watched: int
    copy: CopyState | None


class Holds:
    """What is held, and the two answers."""

    def __init__(self, parts: Parts) -> None:
        self._tasks: TaskStore = parts.tasks
        self._database: Database = parts.database
        self._wake = parts.wake

    def count(self) -> int:
        """How many tasks wait for an answer."""
        return self._tasks.count_held()

    def look(self) -> Held:
        """Everything a person needs to decide."""
        counts = self._tasks.counts()
        watched = counts[Phase.WAITING] + counts[Phase.GENERATING] + counts[Phase.SAVING]
        return Held(tuple(self._tasks.held()), watched, self._database.copy_state())

    def send(self, task_ids: Collection[str] | None = None) -> int:
        """Send these, or all that are held: each is a paid task. Returns how many."""
        number = self._tasks.let_go(task_ids, utc_now())
        self._wake()
        return number

    def send_one(self, task_id: str) -> Task:
        """Send one held task.

        Raises:
            StaleTransition: it is not held (any more).
        """
        if not self.send([task_id]):
            raise StaleTransition("This task is not held.")
        return self._tasks.get(task_id)

    def dismiss(self, task_ids: Collection[str] | None = None) -> int:
        """Send none of these, or of all that are held, and put them out of sight. Returns how many."""
        return self._tasks.dismiss_held(task_ids, utc_now())
