"""Asking for something and seeing to it: submit, watch, cancel, retry, resolve."""

from __future__ import annotations

from typing import Any

from kaimedia.domain import (
    ErrorCode,
    GenerationRequest,
    Media,
    Modality,
    Page,
    Phase,
    ProviderKind,
    Status,
    Task,
    TaskChange,
    utc_now,
)
from kaimedia.errors import InvalidRequest, StaleTransition
from kaimedia.kie import catalog
from kaimedia.kie.spec import ModelSpec
from kaimedia.kie.validation import refuse_retired, validate
from kaimedia.studio.parts import Parts

RESUMABLE = (ErrorCode.EXPIRED, ErrorCode.NOT_SAVED, ErrorCode.CANCELLED)


class TaskDesk:
    """The half of `Studio` about tasks."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._tasks = parts.tasks
        self._providers = parts.providers

    def models(self, modality: Modality | None = None) -> tuple[ModelSpec, ...]:
        """The catalogue, in the order it is offered."""
        return catalog.MODELS if modality is None else catalog.by_modality(modality)

    def refuses(self, spec: ModelSpec) -> bool:
        """True when the model is retired and would be refused before anything is sent."""
        is_lifted = spec.id in self._parts.config.lifted_retirements
        return spec.retirement is not None and not is_lifted and self._providers.kind() is ProviderKind.KIE

    def submit(self, request: GenerationRequest) -> Task:
        """Check a request and put it in the queue; returns at once.

        Raises:
            InvalidRequest: naming the field; nothing was sent.
            ModelRetired: the provider no longer runs the model; nothing was sent.
            AuthFailed: kie.ai is to be used and its key is missing or known to be refused.
            StorageFull: no room to keep what would be paid for.
        """
        return self._enqueue(request, retry_of=None)

    def _enqueue(self, request: GenerationRequest, *, retry_of: str | None) -> Task:
        spec = catalog.get(request.model)
        request = validate(spec, request)
        kind = self._providers.kind()
        if self.refuses(spec):
            refuse_retired(spec)
        if kind is ProviderKind.KIE:
            self._providers.client(kind)
        self._parts.storage.check_writable()
        task = self._tasks.create(
            request,
            modality=spec.modality,
            provider=kind,
            n_media=request.variants,
            credits_estimated=spec.estimate_credits(request),
            now=utc_now(),
            retry_of=retry_of,
        )
        self._parts.wake()
        return task

    def task(self, task_id: str) -> Task:
        """One task. Raises NotFound."""
        return self._tasks.get(task_id)

    def tasks(self, *, status: Status | None = None, limit: int = 50, cursor: str | None = None) -> Page[Task]:
        """All tasks, newest first."""
        return self._tasks.page(status=status, limit=limit, cursor=cursor)

    def shown_tasks(self) -> list[Task]:
        """What Generate shows as cards: running tasks, and failed ones not yet dismissed."""
        return self._tasks.shown()

    def recent_results(self, limit: int = 8) -> list[tuple[Task, list[Media]]]:
        """The newest finished tasks with their media that still exist."""
        tasks = self._tasks.recent_done(limit)
        media = self._parts.media.of_tasks([task.task_id for task in tasks])
        return [(task, media.get(task.task_id, [])) for task in tasks]

    def cancel(self, task_id: str) -> Task:
        """Stop a task: free before it is sent; afterwards we only stop watching and kie.ai may still bill.

        Raises:
            StaleTransition: it is being sent this very moment, or has ended.
        """
        task = self._tasks.get(task_id)
        if task.status in (Status.COMPLETED, Status.FAILED):
            raise StaleTransition("This task has already ended.")
        if task.phase is Phase.SENDING:
            raise StaleTransition("It is being sent this very moment.", next_step="Try again in a few seconds.")
        unsent = task.phase in (Phase.PREPARING, Phase.QUEUED)
        message = (
            "Cancelled before it was sent. Nothing was charged."
            if unsent
            else ("No longer watched. kie.ai may still finish and bill it; press Watch again to fetch the result.")
        )
        fields = {
            "phase": Phase.FAILED,
            "error_code": ErrorCode.CANCELLED,
            "error_message": message,
            "may_have_cost": not unsent,
            "note": None,
            "due_at": None,
            "dismissed_at": utc_now() if unsent else None,
        }
        # The exact phase is expected: a task that was sent meanwhile must not be told "nothing was charged".
        return self._tasks.change(TaskChange(task_id, frozenset({task.phase}), fields), utc_now())

    def retry(self, task_id: str) -> Task:
        """Take a failed task up again.

        One that may still yield what was paid for (expired, not saved, no longer watched) goes on as the same
        task and costs nothing; any other becomes a new task, and the old one is dismissed.
        """
        task = self._tasks.get(task_id)
        if task.status is not Status.FAILED:
            raise StaleTransition("Only a failed task can be tried again.")
        now = utc_now()
        if task.provider_task_id and task.error_code in RESUMABLE:
            fields = {
                "phase": Phase.WAITING,
                "error_code": None,
                "error_message": None,
                "note": None,
                "attempts": 0,
                "accepted_at": now,  # a fresh deadline
                "due_at": now,
                "dismissed_at": None,
            }
            resumed = self._tasks.change(TaskChange(task_id, frozenset({Phase.FAILED}), fields), now)
            self._parts.wake()
            return resumed
        fresh = self._enqueue(task.request, retry_of=task_id)
        self.dismiss(task_id)
        return fresh

    def resolve(self, task_id: str, provider_task_id: str) -> Task:
        """Settle an unknown outcome with the provider's own task id; it is then watched and saved.

        Raises:
            InvalidRequest: the id is empty, too long or holds spaces.
            StaleTransition: the task's outcome is not unknown, or another task has that id.
        """
        given = provider_task_id.strip()
        if not given or len(given) > 128 or not given.isprintable() or " " in given:
            raise InvalidRequest(
                "Enter the task id as kie.ai's logs show it, up to 128 characters.", field="provider_task_id"
            )
        task = self._tasks.adopt(given, utc_now(), task_id=task_id)
        self._parts.wake()
        return task

    def dismiss(self, task_id: str) -> Task:
        """Put a failed task out of sight; its row stays."""
        fields: dict[str, Any] = {"dismissed_at": utc_now()}
        return self._tasks.change(TaskChange(task_id, frozenset({Phase.FAILED}), fields), utc_now())
