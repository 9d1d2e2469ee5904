"""Asking for something and seeing to it: submit, watch, cancel, retry, resolve."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from kaimedia.domain import (
    ErrorCode,
    GenerationRequest,
    HoldCode,
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
from kaimedia.errors import AuthFailed, KeyReused, NotFound, StaleTransition
from kaimedia.kie import catalog
from kaimedia.kie.spec import ModelSpec
from kaimedia.kie.validation import refuse_retired, validate
from kaimedia.store.held import DISMISSED
from kaimedia.store.observed_days import days_for
from kaimedia.store.rows import request_json
from kaimedia.studio.parts import Parts
from kaimedia.studio.provider_records import check_known, clean_id

KEYS_KEPT = timedelta(hours=48)
REPEAT_WINDOW = timedelta(seconds=5)
SAME, CLAIM = "\x01same:", "\x01claim:"
RETRY = "\x01retry:"  # no key from outside begins like this: they are printable
RESUMABLE = (ErrorCode.EXPIRED, ErrorCode.NOT_SAVED, ErrorCode.CANCELLED)
UNSENT = (Phase.PREPARING, Phase.QUEUED)
_NOT_SENT = {
    None: "Canceled before it was sent. Nothing was charged.",
    HoldCode.COPY: DISMISSED,
}


def _wish(prefix: str, person: str, request: GenerationRequest) -> str:
    text = json.dumps([person, request_json(request)], sort_keys=True, default=str)
    return prefix + hashlib.sha256(text.encode()).hexdigest()


def is_resumable(task: Task) -> bool:
    """True for a failed task that is paid and may still give its result: taking it up again costs nothing."""
    if task.provider_task_id is None or task.error_code is ErrorCode.OUTCOME_UNKNOWN:
        return False
    return task.error_code in RESUMABLE or task.may_have_cost


def _has_open_outcome(task: Task) -> bool:
    is_sending = task.phase is Phase.SENDING and task.provider_task_id is None
    return is_sending or (task.phase is Phase.FAILED and task.error_code is ErrorCode.OUTCOME_UNKNOWN)


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

    def submit(self, request: GenerationRequest, *, idempotency_key: str | None = None, body_sha256: str = "") -> Task:
        """Check a request and put it in the queue; returns at once.

        With an `idempotency_key` a call that comes again gives the task of the first; `body_sha256` tells
        whether it asks for the same.

        Raises:
            KeyReused: the key was used for something else, or its task is deleted by now.
            InvalidRequest: naming the field; nothing was sent.
            ModelRetired: the provider no longer runs the model; nothing was sent.
            AuthFailed: kie.ai is to be used and its key is missing or known to be refused.
            StorageFull: no room to keep what would be paid for.
            DatabaseClosed: the database file was deleted or replaced; what is asked for now would be forgotten.
        """
        once = (idempotency_key, body_sha256) if idempotency_key else None
        return self._enqueue(request, retry_of=None, once=once)

    def submit_once(self, request: GenerationRequest, *, person: str, since: datetime) -> tuple[Task, bool]:
        """As `submit`, where the same request of one person since that moment is one task, paid once.

        `person` is an e-mail address, the name of a token, or `local`. True says that the task is an earlier one
        and nothing was queued.

        Raises:
            InvalidRequest, ModelRetired, AuthFailed, StorageFull, DatabaseClosed: as `submit`.
        """
        now = utc_now()
        try:
            task = self._enqueue(request, retry_of=None, once=None, same=(_wish(SAME, person, request), since), now=now)
        except NotFound:  # the earlier task is deleted by now
            return self.submit(request), False
        return task, task.created_at != now

    def claim_request(self, request: GenerationRequest, *, person: str) -> bool:
        """False when the same person asked for the same within `REPEAT_WINDOW`, in any tab or process.

        Whoever wants another one says so and calls `submit` without a claim. `release_request` takes a claim back.
        """
        now = utc_now()
        return self._tasks.claim_key(_wish(CLAIM, person, request), since=now - REPEAT_WINDOW, now=now)

    def release_request(self, request: GenerationRequest, *, person: str) -> None:
        """What was claimed could not be queued: it may be asked for again at once."""
        self._tasks.release_key(_wish(CLAIM, person, request))

    def asked_before(self, idempotency_key: str, body_sha256: str) -> Task | None:
        """The task asked for under this key, None when the key is new. Looks at nothing else of the request.

        Raises:
            KeyReused: the key was used for something else, or its task is deleted by now.
        """
        known = self._tasks.task_id_of_key(idempotency_key, body_sha256)
        return self._task_of_key(known) if known else None

    def _enqueue(
        self,
        request: GenerationRequest,
        *,
        retry_of: str | None,
        once: tuple[str, str] | None,
        same: tuple[str, datetime] | None = None,
        now: datetime | None = None,
    ) -> Task:
        if once and (known := self.asked_before(*once)):
            return known
        spec = catalog.get(request.model)
        request = validate(spec, request)
        kind = self._providers.kind()
        if self.refuses(spec):
            refuse_retired(spec)
        if problem := self._providers.state().problem:
            raise AuthFailed(problem, next_step="Open Settings. Nothing was sent.")
        if request.reference and request.reference.filename:
            self._parts.shelf.path(request.reference)
        self._parts.storage.check_writable()
        self._parts.database.check_file()
        task = self._tasks.create(
            request,
            modality=spec.modality,
            provider=kind,
            n_media=request.variants,
            credits_estimated=spec.estimate_credits(request),
            now=now or utc_now(),
            retry_of=retry_of,
            parent_media_id=request.reference.media_id if request.reference else None,
            once=once,
            same=same,
        )
        self._parts.wake()
        return task

    def _task_of_key(self, task_id: str) -> Task:
        try:
            return self._tasks.get(task_id)
        except NotFound as error:
            raise KeyReused("The task asked for under this Idempotency-Key is deleted.") from error

    def forget_old_keys(self, now: datetime | None = None) -> int:
        """Drop idempotency keys older than `KEYS_KEPT`; returns how many. To be called more often than once a day."""
        now = now or utc_now()
        self._tasks.count_key_days(now)
        return self._tasks.forget_keys(now - KEYS_KEPT, days=days_for(KEYS_KEPT))

    def task(self, task_id: str) -> Task:
        """One task. Raises NotFound."""
        return self._tasks.get(task_id)

    def tasks(self, *, status: Status | None = None, limit: int = 50, cursor: str | None = None) -> Page[Task]:
        """All tasks, newest first."""
        return self._tasks.page(status=status, limit=limit, cursor=cursor)

    def shown_tasks(self) -> list[Task]:
        """What Generate shows as cards: running tasks, and failed ones not yet dismissed."""
        return self._tasks.shown()

    def running_count(self) -> int:
        """How many tasks are on their way; cheap enough to ask each second."""
        return self._tasks.running_count()

    def recent_results(self, limit: int = 8) -> list[tuple[Task, list[Media]]]:
        """The newest finished tasks with their media that still exist."""
        tasks = self._tasks.recent_done(limit)
        media = self._parts.media.of_tasks([task.task_id for task in tasks])
        return [(task, media.get(task.task_id, [])) for task in tasks]

    def cancel(self, task_id: str, *, even_if_sent: bool = True) -> Task:
        """Stop a task: free before it is sent; afterwards we only stop watching and kie.ai may still bill.

        With `even_if_sent` False only a task that is not sent yet is stopped.

        Raises:
            StaleTransition: it is being sent this very moment, has ended, or is sent and may not be stopped.
        """
        task = self._tasks.get(task_id)
        if task.status in (Status.COMPLETED, Status.FAILED):
            raise StaleTransition("This task has already ended.")
        if task.phase is Phase.SENDING:
            raise StaleTransition("It is being sent this very moment.", next_step="Try again in a few seconds.")
        unsent = task.phase in UNSENT
        if not (unsent or even_if_sent):
            raise StaleTransition("It is sent already; kie.ai may finish and bill it.")
        message = (
            _NOT_SENT[task.hold_code]
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
            "hold_code": None,
        }
        # The exact phase is expected: a task that was sent meanwhile must not be told "nothing was charged".
        return self._tasks.change(TaskChange(task_id, frozenset({task.phase}), fields), utc_now())

    def retry(self, task_id: str) -> Task:
        """Take a failed task up again.

        One that may still yield what was paid for (expired, not saved, no longer watched) goes on as the same
        task and costs nothing; any other becomes a new task, and the old one is dismissed. A second call for
        the same task gives that new task, not another one.
        """
        task = self._tasks.get(task_id)
        if task.status is not Status.FAILED:
            raise StaleTransition("Only a failed task can be tried again.")
        now = utc_now()
        if is_resumable(task):
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
        fresh = self._enqueue(task.request, retry_of=task_id, once=(f"{RETRY}{task_id}", ""))
        self.dismiss(task_id)
        return fresh

    def resolve(self, task_id: str, provider_task_id: str) -> Task:
        """Settle an unknown outcome with the provider's own task id; it is then watched and saved.

        The provider is asked first, once and free of charge: until it shows a record under that id the task stays as
        it is, with its warning. Waits for the answer, seconds.

        Raises:
            InvalidRequest: the id is empty, too long or holds spaces, or the provider knows no such task.
            StaleTransition: the task's outcome is not unknown, or another task has that id.
            AuthFailed: there is no key, or it is refused.
            ProviderUnavailable: the provider could not be asked.
        """
        given = clean_id(provider_task_id)
        lost = self._tasks.get(task_id)
        if not _has_open_outcome(lost):
            raise StaleTransition("The outcome of this task is not open (any more).")
        check_known(self._providers, lost, given)
        task = self._tasks.adopt(given, utc_now(), task_id=task_id)
        self._parts.wake()
        return task

    def dismiss(self, task_id: str) -> Task:
        """Put a failed task out of sight, or end one that is held without sending it; its row stays."""
        if self._tasks.get(task_id).hold_code is not None:
            return self.cancel(task_id, even_if_sent=False)
        fields: dict[str, Any] = {"dismissed_at": utc_now()}
        return self._tasks.change(TaskChange(task_id, frozenset({Phase.FAILED}), fields), utc_now())
