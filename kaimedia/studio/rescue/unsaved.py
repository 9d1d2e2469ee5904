"""Results that the provider made and that are not saved here yet: how long they can be fetched, and fetching them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from kaimedia.domain import Status, Task, utc_now
from kaimedia.errors import NotFound, StaleTransition
from kaimedia.jobs.plan import LINKS_LIVE_S, RECORDS_LIVE_S, links_end_at
from kaimedia.providers.registry import names, renews_links
from kaimedia.store.tasks.schedule import TaskSchedule
from kaimedia.store.tasks.unsaved import UnsavedResults

MAX_LISTED = 200


@dataclass(frozen=True, slots=True)
class Unsaved:
    """One task that is generated and not saved.

    Until `link_until` the provider's link is expected to work; until `kept_until` the provider keeps the result and
    makes new links to it, where it does that.
    """

    task: Task
    link_until: datetime
    kept_until: datetime

    @property
    def is_being_fetched(self) -> bool:
        """True while the app still tries by itself."""
        return self.task.status is not Status.FAILED or self.task.due_at is not None


class UnsavedService:
    """Generated, not saved yet."""

    def __init__(
        self,
        unsaved: UnsavedResults,
        schedule: TaskSchedule,
        resume: Callable[[str], Task],
        get: Callable[[str], Task],
        wake: Callable[[], None],
    ) -> None:
        self._unsaved = unsaved
        self._schedule = schedule
        self._resume = resume
        self._get = get
        self._wake = wake

    def list(self) -> list[Unsaved]:
        """Those the provider still keeps, the ones it deletes first coming first; at most `MAX_LISTED`."""
        now = utc_now()
        found = [each for name in names() for each in islice(self._kept(name, now), MAX_LISTED)]
        return sorted(found, key=lambda each: each.kept_until)[:MAX_LISTED]

    def _kept(self, provider: str, now: datetime) -> Iterator[Unsaved]:
        """What the provider still keeps, the oldest first, in pages."""
        after = None
        while tasks := self._unsaved.oldest(provider, now - _keeps(provider), MAX_LISTED, after):
            for task in tasks:
                if task.provider_done_at is not None:
                    after = task.provider_done_at, task.task_id
                if (unsaved := of_task(task)) is not None:
                    yield unsaved

    def fetch(self, task_id: str) -> Task:
        """Try to save it now, free of charge; does not wait.

        Raises:
            NotFound: there is no such task.
            StaleTransition: it is saved, or the provider has not made it.
        """
        task = self._get(task_id)
        if of_task(task) is None or task.status is Status.COMPLETED:
            raise StaleTransition("This task has no result that is waiting to be saved.")
        if task.status is Status.FAILED:
            return self._resume(task_id)
        self._schedule.wake([task_id], utc_now())
        self._wake()
        return self._get(task_id)

    def fetch_all(self) -> int:
        """Try to save every one of them now, also those beyond the list; returns how many."""
        now, number = utc_now(), 0
        for name in names():
            for each in self._kept(name, now):
                try:
                    self.fetch(each.task.task_id)
                except (StaleTransition, NotFound):  # saved or deleted meanwhile
                    continue
                number += 1
        return number


def of_task(task: Task) -> Unsaved | None:
    """How long the result of a task can be fetched; None if the provider has not made it."""
    done_at = task.provider_done_at
    if done_at is None or task.provider_task_id is None:
        return None
    link_until = links_end_at(done_at)
    return Unsaved(task, link_until, done_at + _keeps(task.provider))


def _keeps(provider: str) -> timedelta:
    """How long after it was made a result can be fetched."""
    return timedelta(seconds=RECORDS_LIVE_S if renews_links(provider) else LINKS_LIVE_S)
