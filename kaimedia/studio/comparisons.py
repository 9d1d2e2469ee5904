"""Use cases of comparisons: what came of each model, keeping only the winner, and running it again in quality."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from kaimedia.domain import BatchKind, BatchProgress, Media, Status, Task
from kaimedia.errors import InvalidRequest, NotFound
from kaimedia.models.quality import Better, better
from kaimedia.studio.batches import BatchService
from kaimedia.studio.catalog import CatalogService
from kaimedia.studio.gallery import GalleryService


@dataclass(frozen=True, slots=True)
class ComparisonEntry:
    """One model of a comparison: its task and that task's media, in the trash or not, by variant."""

    letter: str  # "A", "B", … in the order of display
    task: Task
    media: tuple[Media, ...]

    @property
    def is_done(self) -> bool:
        """True when it has a result."""
        return self.task.status is Status.COMPLETED

    @property
    def is_in_trash(self) -> bool:
        """True when all of its results are in the trash or were permanently deleted."""
        return self.is_done and all(each.deleted_at is not None for each in self.media)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison and its models in the order of display, which for a blind one does not tell which is which."""

    progress: BatchProgress
    entries: tuple[ComparisonEntry, ...]
    tasks: tuple[Task, ...] = ()  # all of them, also those that were tried again since

    @property
    def winner(self) -> ComparisonEntry | None:
        """The chosen one."""
        wanted = self.progress.batch.winner_task_id
        return next((each for each in self.entries if each.task.task_id == wanted), None)

    @property
    def is_revealed(self) -> bool:
        """True when names may be shown: not blind, chosen, or nothing left to choose from."""
        is_pointless = not self.progress.is_active and sum(each.is_done for each in self.entries) < 2
        return not self.progress.batch.is_blind or self.winner is not None or is_pointless


class ComparisonService:
    """Reads comparisons and acts on their results."""

    def __init__(self, batches: BatchService, gallery: GalleryService, catalog: CatalogService) -> None:
        self._batches = batches
        self._gallery = gallery
        self._catalog = catalog

    def get(self, batch_id: int) -> Comparison:
        """One comparison. Raises NotFound, also for a batch of another kind."""
        progress = self._batches.get(batch_id)
        if progress.batch.kind is not BatchKind.COMPARISON:
            raise NotFound(f"There is no comparison {batch_id}.")
        tasks = self._batches.tasks(batch_id)
        return _comparison(progress, tasks, self._gallery.by_ids([id for task in tasks for id in task.media_ids]))

    def newest(self, limit: int) -> list[Comparison]:
        """The newest comparisons, without their media."""
        found = self._batches.newest(limit, kind=BatchKind.COMPARISON)
        tasks = self._batches.tasks_of([progress.batch.id for progress in found])
        return [_comparison(progress, tasks.get(progress.batch.id, ()), ()) for progress in found]

    def hidden_letters(self, batch_ids: Iterable[int]) -> dict[str, str]:
        """The letters of the tasks whose model must not be known yet, by task id; also of those tried again since.

        Batches that do not exist, and those of another kind, are left out.
        """
        letters: dict[str, str] = {}
        for batch_id in batch_ids:
            try:
                progress = self._batches.get(batch_id)
            except NotFound:
                continue
            if progress.batch.kind is BatchKind.COMPARISON and progress.batch.is_blind:
                letters |= _hidden_letters(progress, self._batches.tasks(batch_id))
        return letters

    def keep_winner(self, batch_id: int) -> list[int]:
        """Move the results of all others to the trash; returns the ids moved, for undo.

        Raises:
            NotFound: there is no such comparison.
            InvalidRequest: it has no winner.
        """
        found = self.get(batch_id)
        winner = found.winner
        if winner is None:
            raise InvalidRequest("Choose a winner first.", field="winner_task_id")
        others = [each.id for entry in found.entries if entry is not winner for each in entry.media]
        return self._gallery.delete(others) if others else []

    def better(self, task: Task) -> Better | None:
        """The task's request in better quality; None when there is none."""
        if all(spec.id != task.model for spec in self._catalog.models()):
            return None
        unavailable = {spec.id for spec in self._catalog.models() if spec.retirement or self._catalog.refuses(spec)}
        return better(task.request, unavailable, self._catalog.lookup) if task.model not in unavailable else None


def _comparison(progress: BatchProgress, tasks: Sequence[Task], media: Sequence[Media]) -> Comparison:
    entries = tuple(
        ComparisonEntry(letter, task, tuple(each for each in media if each.task_id == task.task_id))
        for letter, task in zip(ascii_uppercase, _ordered(tasks, progress.batch.is_blind), strict=False)
    )
    return Comparison(progress, entries, tuple(tasks))


def _hidden_letters(progress: BatchProgress, tasks: Sequence[Task]) -> dict[str, str]:
    found, by_id = _comparison(progress, tasks, ()), {task.task_id: task for task in tasks}
    letters = {}
    for entry in () if found.is_revealed else found.entries:
        task: Task | None = entry.task
        while task is not None:
            letters[task.task_id] = entry.letter
            task = by_id.get(task.retry_of or "")
    return letters


def _ordered(tasks: Sequence[Task], is_blind: bool) -> list[Task]:
    """The newest task of each model; blind, in the order of their first task's id, which is random."""
    by_id = {task.task_id: task for task in tasks}
    repeated = {task.retry_of for task in tasks}

    def first_id(task: Task) -> str:
        while task.retry_of in by_id:
            task = by_id[str(task.retry_of)]
        return task.task_id

    order = {task.task_id: place for place, task in enumerate(tasks)}
    current = [task for task in tasks if task.task_id not in repeated]
    return sorted(current, key=lambda task: (first_id(task) if is_blind else "", order[first_id(task)]))
