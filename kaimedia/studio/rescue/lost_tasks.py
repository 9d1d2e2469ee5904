"""Recognizes a task of this app whose reply was lost in a record at the provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kaimedia.domain import GenerationRequest, Task
from kaimedia.errors import NotFound
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.base import FoundTask, TaskState
from kaimedia.store.tasks.imports import ImportedTasks
from kaimedia.store.tasks.reader import TaskReader
from kaimedia.studio.paid import has_open_outcome

SENT_WITHIN = timedelta(minutes=15)  # between our clock when a task was sent and the provider's when it was made
_COUNT_FIELDS = ("nVariants", "num_images")


@dataclass(frozen=True, slots=True)
class LostTask:
    """A task of unknown outcome. `is_proven` if the record has its callback address; else it was only alike."""

    task: Task
    is_proven: bool


class LostTasks:
    """Finds them; raises `StoreUnavailable` while the database does not answer."""

    def __init__(self, imported: ImportedTasks, tasks: TaskReader) -> None:
        self._imported = imported
        self._tasks = tasks

    def find(
        self, provider: str, found: FoundTask, spec: ModelSpec | None, request: GenerationRequest
    ) -> LostTask | None:
        """The task whose lost reply this is, by the record's callback address.

        A record without an address is compared with the tasks sent around that time: `request` is what it says was
        requested. One with the address of another program is never one of ours.
        """
        if found.callback_url:
            return self._by_address(provider, found.callback_url)
        if spec is None or found.created_at is None or found.report.state is TaskState.FAILED:
            return None
        around = found.created_at - SENT_WITHIN, found.created_at + SENT_WITHIN
        alike = [
            task for task in self._imported.lost(provider, spec.id, *around) if _is_alike(task, found, spec, request)
        ]
        return LostTask(alike[0], is_proven=False) if len(alike) == 1 else None

    def _by_address(self, provider: str, callback_url: str) -> LostTask | None:
        try:
            task = self._tasks.by_nonce(callback_url.rpartition("/")[2])
        except NotFound:
            return None
        return LostTask(task, is_proven=True) if task.provider == provider and has_open_outcome(task) else None


def _is_alike(task: Task, found: FoundTask, spec: ModelSpec, request: GenerationRequest) -> bool:
    """Whether nothing that the record says contradicts what the task requested."""
    sent = task.request
    pairs: list[tuple[Any, Any]] = [
        (sent.aspect_ratio, request.aspect_ratio),
        (sent.duration_s, request.duration_s),
        (sent.variants, _count(found, spec)),
        *((sent.params[name], value) for name, value in request.params.items() if name in sent.params),
    ]
    return sent.prompt.strip() == request.prompt.strip() and all(_agree(*pair) for pair in pairs)


def _count(found: FoundTask, spec: ModelSpec) -> Any:
    """How many results were requested, else how many there are, if that can be chosen; None if it is not known."""
    requested = next((found.fields[name] for name in _COUNT_FIELDS if name in found.fields), None)
    return requested or (len(found.report.result_urls) if len(spec.variants) > 1 else 0) or None


def _agree(one: Any, other: Any) -> bool:
    """Equal as text or as numbers; nothing contradicts what is not given."""
    if one in (None, "") or other in (None, ""):
        return True
    if isinstance(one, int | float) and not isinstance(one, bool):
        try:
            return float(one) == float(other)
        except (TypeError, ValueError, OverflowError):
            return False
    return str(one).strip().casefold() == str(other).strip().casefold()
