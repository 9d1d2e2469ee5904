"""Files missing from the storage: detected when an item is viewed, fetched again where possible."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from kaimedia.domain import Condition, Media, Status, Task, utc_now
from kaimedia.errors import NotFound, StaleTransition, StorageUnavailable
from kaimedia.jobs.plan import RECORDS_LIVE_S
from kaimedia.media.storage import Storage
from kaimedia.store.media.reader import MediaReader
from kaimedia.store.tasks.reader import TaskReader
from kaimedia.store.tasks.results import TaskResults

log = logging.getLogger(__name__)


class MissingFiles:
    """Detects results whose file is missing and fetches them again."""

    def __init__(
        self,
        tasks: TaskReader,
        results: TaskResults,
        media: MediaReader,
        storage: Storage,
        wake: Callable[[], None],
    ) -> None:
        self._tasks = tasks
        self._results = results
        self._media = media
        self._storage = storage
        self._wake = wake

    def marked(self, items: Iterable[Media]) -> list[Media]:
        """The items, with `Condition.MISSING` where the file is missing; as they are while the storage is down."""
        items = list(items)
        try:
            missing = self._missing(items)
        except StorageUnavailable as error:
            log.warning("%s", error)
            return items
        return [_with_condition(item, is_missing=item.id in missing) for item in items]

    def fetch_again(self, media_id: int) -> Task:
        """Request the links of a task again and save its missing files. Free.

        Raises:
            NotFound: there is no such item, or it has no task.
            StaleTransition: its file exists, its task is running, or the provider no longer keeps it.
            StorageUnavailable: it is not known whether the file is missing.
        """
        item = self._media.get(media_id)
        if not self._missing([item]):
            raise StaleTransition("The file of this item is not missing.", next_step="Reload the page.")
        task = self._tasks.get(item.task_id)
        if task.provider_task_id is None or fetchable_until(task) is None:
            raise StaleTransition("The provider no longer keeps this result.", next_step="Generate it again.")
        missing = self._missing(self._media.of_task(task.task_id))
        fetched = self._results.fetch_again(task.task_id, missing, utc_now())
        self._wake()
        return fetched

    def details(self, item: Media) -> tuple[Media, datetime | None]:
        """The item with its current condition, and if its file is missing, until when it can be fetched again."""
        (found,) = self.marked([item])
        if found.condition is not Condition.MISSING:
            return found, None
        try:
            return found, fetchable_until(self._tasks.get(item.task_id))
        except NotFound:
            return found, None

    def _missing(self, items: Iterable[Media]) -> list[int]:
        """The ids of the saved items without a file. Raises StorageUnavailable."""
        saved = {item.id: item.filename for item in items if item.filename and item.status is Status.COMPLETED}
        missing = self._storage.missing(saved.values())
        return [media_id for media_id, name in saved.items() if name in missing]


def fetchable_until(task: Task | None) -> datetime | None:
    """Until when the provider is sure to keep a task's results; None when that has passed or there is no id."""
    if task is None or task.provider_task_id is None:
        return None
    made_at = task.provider_done_at or task.completed_at or task.accepted_at or task.created_at
    until = made_at + timedelta(seconds=RECORDS_LIVE_S)
    return until if until > utc_now() else None


def _with_condition(item: Media, *, is_missing: bool) -> Media:
    """A repair may have marked it as missing; whether its file is there counts."""
    if is_missing:
        return replace(item, condition=Condition.MISSING)
    return replace(item, condition=Condition.OK) if item.condition is Condition.MISSING else item
