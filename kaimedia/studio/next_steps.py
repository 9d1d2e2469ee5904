"""What can be done with a result, for the pages."""

from __future__ import annotations

from collections.abc import Collection

from kaimedia.domain import Media, Modality, Task
from kaimedia.errors import InvalidRequest, NotFound
from kaimedia.jobs.providers import Providers
from kaimedia.models import catalogue
from kaimedia.models.next_steps import STEPS, NextStep, SourceTask, Way, ways
from kaimedia.store.tasks.reader import TaskReader
from kaimedia.studio.catalog import CatalogService


class NextStepService:
    """Which steps can follow a result, and with which model."""

    def __init__(self, catalog: CatalogService, tasks: TaskReader, providers: Providers) -> None:
        self._catalog = catalog
        self._tasks = tasks
        self._providers = providers

    def steps(self) -> list[tuple[NextStep, str, str, Modality]]:
        """Every step that some model can take: the step, its label, its hint, and the type of result it starts from."""
        models = [spec for spec in self._catalog.models() if not self._catalog.refuses(spec)]
        found = []
        for of in Modality:
            for step, facts in STEPS.items():
                is_for = facts.of is of or step is NextStep.UPSCALE
                if is_for and ways(step, of, None, models):
                    found.append((step, facts.label, facts.hint, of))
        return found

    def way(self, step: NextStep, item: Media, preferred: Collection[str]) -> Way | None:
        """How to take the step from this item; a model of `preferred` (ids) if it can. None when no model can."""
        models = [spec for spec in self._catalog.models() if not self._catalog.refuses(spec)]
        found = ways(step, item.media_type, self._source(item), models)
        tied = [way for way in found if way.task_field is not None]
        chosen = [way for way in found if way.model.id in preferred]
        return next(iter((*tied, *chosen, *found)), None)

    def provider_task_id(self, item: Media) -> str:
        """The provider's id of the task that made an item, "" without one."""
        task = self._task(item)
        return task.provider_task_id or "" if task else ""

    def _source(self, item: Media) -> SourceTask | None:
        """The task that made an item, if this provider and model can continue it."""
        task = self._task(item)
        if task is None or not task.provider_task_id or task.provider != self._providers.kind():
            return None
        try:
            spec = catalogue.get(task.model)
        except InvalidRequest:  # a model of an earlier version
            return None
        return SourceTask(spec.mode_for(task.request.references).remote_name, task.request.params)

    def _task(self, item: Media) -> Task | None:
        try:
            return self._tasks.get(item.task_id)
        except NotFound:
            return None
