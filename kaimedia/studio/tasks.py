"""Use cases of tasks: submit, list, cancel, retry, resolve, dismiss."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from kaimedia.domain import (
    NO_NOTE,
    ErrorCode,
    GenerationRequest,
    HoldCode,
    Media,
    Page,
    Phase,
    Status,
    Task,
    TaskChange,
    utc_now,
)
from kaimedia.errors import KeyReused, NotFound, StaleTransition
from kaimedia.jobs.providers import Providers
from kaimedia.providers.registry import label_of, starting_label_of
from kaimedia.store.media.reader import MediaReader
from kaimedia.store.tasks.creator import TaskCreator
from kaimedia.store.tasks.held import DISMISSED
from kaimedia.store.tasks.idempotency import IdempotencyKeys
from kaimedia.store.tasks.reader import TaskReader
from kaimedia.store.tasks.updater import TaskUpdater
from kaimedia.studio.catalog import CatalogService
from kaimedia.studio.new_tasks import NewTasks
from kaimedia.studio.paid import has_open_outcome, is_resumable
from kaimedia.studio.provider_records import check_known, clean_id
from kaimedia.studio.request_keys import RETRY, SAME, request_key

UNSENT = (Phase.PREPARING, Phase.QUEUED)
CANCELED = "Canceled before it was sent. Nothing was charged."
_NOT_SENT = {None: CANCELED, HoldCode.PAUSED: CANCELED, HoldCode.COPY: DISMISSED}


class TaskService:
    """Submits, lists, cancels, retries and resolves tasks."""

    def __init__(
        self,
        *,
        catalog: CatalogService,
        new_tasks: NewTasks,
        reader: TaskReader,
        creator: TaskCreator,
        updater: TaskUpdater,
        keys: IdempotencyKeys,
        media: MediaReader,
        providers: Providers,
        wake: Callable[[], None],
    ) -> None:
        self._catalog = catalog
        self._new_tasks = new_tasks
        self._reader = reader
        self._creator = creator
        self._updater = updater
        self._keys = keys
        self._media = media
        self._providers = providers
        self._wake = wake

    def by_ids(self, task_ids: Collection[str]) -> dict[str, Task]:
        """Tasks by their ids; those that do not exist have no entry."""
        return {task.task_id: task for task in self._reader.by_ids(task_ids)}

    def queue_depth(self) -> dict[Phase, int]:
        """How many tasks are in each phase."""
        return self._reader.counts()

    def submit(
        self,
        request: GenerationRequest,
        *,
        idempotency_key: str | None = None,
        body_sha256: str = "",
        token_id: str = "",
        may_wait: bool = True,
    ) -> Task:
        """Validate a request and queue it; returns at once.

        With an `idempotency_key`, a repeated call returns the task of the first; `body_sha256` identifies the
        content of the request. `token_id` is that of the API token it came with, see `LedgerEntry`.
        With `may_wait`, it may first wait a few seconds for the balance; see `PayableCheck`.

        Raises:
            KeyReused: the key was used for another request, or its task was deleted.
            LimitReached: a spending limit does not allow it.
            InvalidRequest: naming the field; nothing was sent.
            Conflict: another task continues the same earlier one, which its provider does only once.
            ModelRetired: the provider no longer runs the model; nothing was sent.
            AuthFailed: the provider's key is missing or was rejected.
            CreditsExhausted: the balance surely cannot pay it.
            StorageFull: no disk space for the paid result.
            DatabaseClosed: the database file was deleted or replaced; a request made now would be lost.
        """
        once = (idempotency_key, body_sha256) if idempotency_key else None
        return self._enqueue(request, retry_of=None, once=once, token_id=token_id, may_wait=may_wait)

    def check(self, request: GenerationRequest) -> None:
        """Check a request as `submit` does, without storing anything. Raises the same errors."""
        self._new_tasks.check_payable([self._new_tasks.checked(request)])

    def submit_once(
        self, request: GenerationRequest, *, person: str, since: datetime, token_id: str = "", may_wait: bool = True
    ) -> tuple[Task, bool]:
        """Like `submit`, but the same request by the same user since that moment is one task, paid once.

        `person` is an email address, the name of a token, or `local`. The second value is True when the task is an
        earlier one and nothing was queued.

        Raises:
            InvalidRequest, LimitReached, ModelRetired, AuthFailed, StorageFull, DatabaseClosed: see `submit`.
        """
        now = utc_now()
        try:
            same = request_key(SAME, person, request), since
            task = self._enqueue(
                request, retry_of=None, once=None, same=same, now=now, token_id=token_id, may_wait=may_wait
            )
        except NotFound:  # the earlier task was deleted
            return self.submit(request, token_id=token_id, may_wait=may_wait), False
        return task, task.created_at != now

    def find_by_key(self, idempotency_key: str, body_sha256: str) -> Task | None:
        """The task submitted under this key, None when the key is new. Validates nothing else in the request.

        Raises:
            KeyReused: the key was used for another request, or its task was deleted.
        """
        known = self._keys.task_id_of(idempotency_key, body_sha256)
        return self._task_of_key(known) if known else None

    def _enqueue(
        self,
        request: GenerationRequest,
        *,
        retry_of: Task | None,
        once: tuple[str, str] | None,
        same: tuple[str, datetime] | None = None,
        now: datetime | None = None,
        token_id: str = "",
        may_wait: bool = True,
    ) -> Task:
        if once and (known := self.find_by_key(*once)):
            return known
        checked = replace(self._new_tasks.checked(request), token_id=token_id)
        self._new_tasks.check_payable([checked], may_wait=may_wait)
        self._new_tasks.check_room()
        task = self._creator.create(checked, now=now or utc_now(), retry_of=retry_of, idempotency=once, dedupe=same)
        self._wake()
        return task

    def _task_of_key(self, task_id: str) -> Task:
        try:
            return self._reader.get(task_id)
        except NotFound as error:
            raise KeyReused("The task of this Idempotency-Key was deleted.") from error

    def get(self, task_id: str) -> Task:
        """One task. Raises NotFound."""
        return self._reader.get(task_id)

    def page(self, *, status: Status | None = None, limit: int = 50, cursor: str | None = None) -> Page[Task]:
        """All tasks, newest first."""
        return self._reader.page(status=status, limit=limit, cursor=cursor)

    def shown(self) -> list[Task]:
        """The tasks Generate shows as cards: running ones, and failed ones not yet dismissed."""
        return self._reader.shown()

    def running_count(self) -> int:
        """How many tasks are running; cheap enough to call each second."""
        return self._reader.running_count()

    def recent_results(self, limit: int) -> list[list[Media]]:
        """What the newest finished tasks made and still exists, by task, the last finished first."""
        ends = self._reader.recent_ends(limit)
        media = self._media.of_tasks(list(ends))
        last_first = sorted(ends, key=ends.__getitem__, reverse=True)
        return [media[task_id] for task_id in last_first if task_id in media]

    def last_done(self) -> Task | None:
        """The newest finished task of which something still exists."""
        return next(iter(self._reader.recent_done(1)), None)

    def cancel(self, task_id: str, *, even_if_sent: bool = True) -> Task:
        """Stop a task: free before it is sent; afterwards we only stop checking, and the provider may still bill it.

        With `even_if_sent` False, only a task not sent yet is stopped.

        Raises:
            StaleTransition: it is being sent right now, has ended, or was sent and `even_if_sent` is False.
        """
        task = self._reader.get(task_id)
        if task.status in (Status.COMPLETED, Status.FAILED):
            raise StaleTransition("This task has already ended.")
        if task.phase is Phase.SENDING:
            raise StaleTransition("It is being sent right now.", next_step="Try again in a few seconds.")
        unsent = task.phase in UNSENT
        if not (unsent or even_if_sent):
            raise StaleTransition(f"It was already sent; {label_of(task.provider)} may finish and bill it.")
        message = (
            _NOT_SENT[task.hold_code]
            if unsent
            else f"No longer tracked. {starting_label_of(task.provider)} may still finish and bill it. "
            "Press Check again to fetch the result."
        )
        fields = {
            "phase": Phase.FAILED,
            "error_code": ErrorCode.CANCELLED,
            "error_message": message,
            "may_have_cost": not unsent,
            **NO_NOTE,
            "due_at": None,
            "dismissed_at": utc_now() if unsent else None,
            "hold_code": None,
        }
        # Expect the exact phase: a task that was sent meanwhile must not be marked "nothing was charged".
        return self._updater.change(TaskChange(task_id, frozenset({task.phase}), fields), utc_now())

    def retry(self, task_id: str, *, token_id: str = "", may_wait: bool = True) -> Task:
        """Resume a failed task, or submit it again.

        One that may still deliver what was paid for (expired, not saved, canceled after sending) resumes as the
        same task, free of charge; any other becomes a new task, and the old one is dismissed. A second call for
        the same task returns that new task, not another one.

        Raises:
            StaleTransition: it has not failed.
            InvalidRequest, Conflict, LimitReached, ModelRetired, AuthFailed, StorageFull, DatabaseClosed: see `submit`.
        """
        task = self._reader.get(task_id)
        if task.status is not Status.FAILED:
            raise StaleTransition("Only a failed task can be tried again.")
        if is_resumable(task):
            return self.resume(task_id)
        fresh = self._enqueue(
            task.request, retry_of=task, once=(f"{RETRY}{task_id}", ""), token_id=token_id, may_wait=may_wait
        )
        self.dismiss(task_id)
        return fresh

    def resume(self, task_id: str) -> Task:
        """Poll a failed task again that is paid and may still deliver; never sends anything.

        Raises:
            StaleTransition: it has not failed, or is not such a task.
        """
        if not is_resumable(self._reader.get(task_id)):
            raise StaleTransition("There is nothing to fetch for this task.")
        now = utc_now()
        fields = {
            "phase": Phase.WAITING,
            "error_code": None,
            "error_message": None,
            **NO_NOTE,
            "attempts": 0,
            "accepted_at": now,  # a fresh deadline
            "due_at": now,
            "dismissed_at": None,
        }
        resumed = self._updater.change(TaskChange(task_id, frozenset({Phase.FAILED}), fields), now)
        self._wake()
        return resumed

    def resolve(self, task_id: str, provider_task_id: str) -> Task:
        """Resolve an unknown outcome with the provider's task id; the task is then polled and saved.

        The id is first checked with the provider, once and free of charge: without a record under it the task
        stays as it is, with its warning. Waits for the answer, seconds.

        Raises:
            InvalidRequest: the id is empty, too long or contains spaces, or the provider has no such task.
            StaleTransition: the task's outcome is not unknown, or another task has that id.
            AuthFailed: there is no key, or it is refused.
            ProviderUnavailable: the provider could not be reached.
        """
        lost = self._reader.get(task_id)
        provider_task_id = clean_id(provider_task_id, lost.provider)
        if not has_open_outcome(lost):
            raise StaleTransition("The outcome of this task is already known.")
        check_known(self._providers, self._catalog.get(lost.model), lost, provider_task_id)
        task = self._updater.attach_provider_id(provider_task_id, utc_now(), task_id=task_id)
        self._wake()
        return task

    def dismiss(self, task_id: str) -> Task:
        """Hide a failed task, or end a held one without sending it; its row stays."""
        if self._reader.get(task_id).hold_code is not None:
            return self.cancel(task_id, even_if_sent=False)
        fields: dict[str, Any] = {"dismissed_at": utc_now()}
        return self._updater.change(TaskChange(task_id, frozenset({Phase.FAILED}), fields), utc_now())
