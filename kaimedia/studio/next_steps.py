"""What can be done with a result, for the pages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from kaimedia.domain import Media, Modality, Status, Task, utc_now
from kaimedia.errors import InvalidRequest, NotFound
from kaimedia.jobs.plan import RECORDS_LIVE_S
from kaimedia.jobs.providers import Providers
from kaimedia.models.next_steps import STEPS, NextStep, SourceTask, Way, closed_by, ways
from kaimedia.models.spec import ModelSpec
from kaimedia.store.tasks.reader import TaskReader
from kaimedia.studio.catalog import CatalogService


@dataclass(frozen=True, slots=True)
class OwnStep:
    """A step that only some results can take: with the model that does it, and those that no longer work after it."""

    step: NextStep
    model: ModelSpec
    closes: tuple[ModelSpec, ...]


class NextStepService:
    """Which steps can follow a result, and with which model."""

    def __init__(self, catalog: CatalogService, tasks: TaskReader, providers: Providers) -> None:
        self._catalog = catalog
        self._tasks = tasks
        self._providers = providers
        self._steps: tuple[tuple[ModelSpec, ...], list[tuple[NextStep, str, str, Modality]]] | None = None

    def steps(self) -> list[tuple[NextStep, str, str, Modality]]:
        """Every step that some model can take: the step, its label, its hint, and the type of result it starts from."""
        models = self._catalog.usable()
        if self._steps is not None and self._steps[0] is models:
            return self._steps[1]
        found = []
        for of in Modality:
            for step, facts in STEPS.items():
                is_for = facts.of is of or step is NextStep.UPSCALE
                if is_for and ways(step, of, None, models):
                    found.append((step, facts.label, facts.hint, of))
        self._steps = (models, found)
        return found

    def own_steps(self, item: Media, task: Task | None) -> list[OwnStep]:
        """The steps beside those of `steps`, which this item can take because its provider still has its task."""
        if item.status is not Status.COMPLETED or task is None or not _is_kept(task):
            return []
        source, models = self._source(item, task), self._catalog.usable()
        if source is None:
            return []
        steps = [step for step, facts in STEPS.items() if not facts.roles and facts.of is item.media_type]
        found = [(step, next(iter(ways(step, item.media_type, source, models)), None)) for step in steps]
        return [OwnStep(step, way.model, tuple(closed_by(way, source, models))) for step, way in found if way]

    def way(self, step: NextStep, item: Media, preferred: Collection[str]) -> Way | None:
        """How to take the step from this item; a model of `preferred` (ids) if it can. None when no model can."""
        found = self.ways(step, item)
        tied = [way for way in found if way.task_field is not None]
        chosen = [way for way in found if way.model.id in preferred]
        return next(iter((*tied, *chosen, *found)), None)

    def ways(self, step: NextStep, item: Media) -> list[Way]:
        """How the step can be taken from this item, the best way first; empty when no model can."""
        return ways(step, item.media_type, self._source(item, self._task(item)), self._catalog.usable())

    def possible(self, item: Media) -> list[NextStep]:
        """The steps that some model can take from this item; none while it is not finished."""
        if item.status is not Status.COMPLETED:
            return []
        source, models = self._source(item, self._task(item)), self._catalog.usable()
        for_it = [step for step, facts in STEPS.items() if facts.of is item.media_type or step is NextStep.UPSCALE]
        return [step for step in for_it if ways(step, item.media_type, source, models)]

    def provider_task_id(self, item: Media) -> str:
        """The provider's id of the task that made an item, "" without one."""
        task = self._task(item)
        return task.provider_task_id or "" if task else ""

    def _source(self, item: Media, task: Task | None) -> SourceTask | None:
        """The task that made an item, if this provider and model can continue it."""
        if task is None or not task.provider_task_id:
            return None
        names = {name for each in self._tasks.models_made_from(item.id) if (name := self._remote_name(each))}
        try:
            spec = self._catalog.get(task.model)
            is_there = task.provider == self._providers.name_for(spec)
        except InvalidRequest:  # a model of an earlier version, or of a provider that is no longer registered
            return None
        if not is_there:
            return None
        remote_name = spec.mode_for(task.request.references).remote_name
        return SourceTask(remote_name, task.request.params, frozenset(names))

    def _remote_name(self, model: str) -> str | None:
        try:
            return self._catalog.get(model).remote_name
        except InvalidRequest:  # a model of an earlier version
            return None

    def _task(self, item: Media) -> Task | None:
        try:
            return self._tasks.get(item.task_id)
        except NotFound:
            return None


def _is_kept(task: Task) -> bool:
    """True while the provider keeps the task's files."""
    done_at = task.provider_done_at or task.completed_at or task.created_at
    return utc_now() - done_at < timedelta(seconds=RECORDS_LIVE_S)
