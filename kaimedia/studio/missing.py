"""Files that are no longer where they were put: found when somebody looks, fetched again where possible."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from kaimedia.domain import Condition, Media, Status, Task, utc_now
from kaimedia.errors import NotFound, StaleTransition
from kaimedia.jobs.plan import RECORDS_LIVE_S
from kaimedia.studio.parts import Parts


class MissingFiles:
    """What can be done about results whose file is gone."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def marked(self, items: Iterable[Media]) -> list[Media]:
        """The items, those whose file is gone with `Condition.MISSING`; one look at the storage for each."""
        return [replace(item, condition=Condition.MISSING) if self._is_missing(item) else item for item in items]

    def fetchable_until(self, task: Task | None) -> datetime | None:
        """Until when the provider surely keeps the results of a task; None when that is over, or there is no id."""
        if task is None or task.provider_task_id is None:
            return None
        made_at = task.provider_done_at or task.completed_at or task.accepted_at or task.created_at
        until = made_at + timedelta(seconds=RECORDS_LIVE_S)
        return until if until > utc_now() else None

    def fetch_again(self, media_id: int) -> Task:
        """Ask the provider for the links of a task again and save what is missing of it. Costs nothing.

        Raises:
            NotFound: there is no such item, or no task to it.
            StaleTransition: its file is there, its task is under way, or the provider no longer keeps it.
        """
        item = self._parts.media.get(media_id)
        if not self._is_missing(item):
            raise StaleTransition("The file of this item is where it belongs.", next_step="Reload the page.")
        task = self._parts.tasks.get(item.task_id)
        if task.provider_task_id is None or self.fetchable_until(task) is None:
            raise StaleTransition("The provider no longer keeps this result.", next_step="Generate it again.")
        siblings = self._parts.media.of_task(task.task_id)
        gone = [each.id for each in siblings if self._is_missing(each)]
        fetched = self._parts.tasks.fetch_again(task.task_id, gone, utc_now())
        self._parts.wake()
        return fetched

    def details(self, item: Media) -> tuple[Media, datetime | None]:
        """One item as found, and until when its file can be fetched again where that is gone."""
        (found,) = self.marked([item])
        if found.condition is not Condition.MISSING:
            return found, None
        try:
            return found, self.fetchable_until(self._parts.tasks.get(item.task_id))
        except NotFound:
            return found, None

    def _is_missing(self, item: Media) -> bool:
        is_saved = item.status is Status.COMPLETED and item.filename is not None
        return is_saved and not self._parts.storage.exists(item.filename or "")
