"""The steps of one task: prepare, send, poll, save. Each does one thing and returns what changed.

No loops over tasks, no sleeping, no scheduling: that is the engine's job. The only write made here is for
each saved file, so that a restart never fetches it twice; everything else is in the returned change.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from kaimedia.config import Config
from kaimedia.domain import (
    NO_NOTE,
    ErrorCode,
    NoteCode,
    Phase,
    SavedFile,
    Task,
    TaskChange,
    note_fields,
    utc_now,
)
from kaimedia.errors import (
    AuthFailed,
    FetchFailed,
    InvalidRequest,
    KaimediaError,
    KeyLimitReached,
    MediaError,
    OutcomeUnknown,
    ProviderError,
    ResultExpired,
    StorageFull,
    StorageUnavailable,
    TooLarge,
)
from kaimedia.jobs import failures, plan, polling, task_models
from kaimedia.jobs.clock import TaskAges
from kaimedia.jobs.providers import Providers
from kaimedia.jobs.reference_uploads import ReferenceUploads
from kaimedia.media.names import result_key
from kaimedia.media.result_saver import ResultSaver
from kaimedia.models.model_catalog import ModelCatalog
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.base import Report, TaskState
from kaimedia.providers.registry import renews_links
from kaimedia.store.media.reader import MediaReader
from kaimedia.store.tasks.results import TaskResults

log = logging.getLogger("kaimedia.jobs")

FETCH_TRIES = 8  # of a reference link
BAD_CONTENT_TRIES = 5


@dataclass(frozen=True, slots=True)
class TaskHandlers:
    """The steps and their dependencies. Times come from `now`, aware UTC."""

    config: Config
    results: TaskResults
    media: MediaReader
    saver: ResultSaver
    uploads: ReferenceUploads
    providers: Providers
    now: Callable[[], datetime] = utc_now
    check_before_paying: Callable[[], None] = lambda: None  # raises a KaimediaError while nothing may be sent
    ages: TaskAges = field(default_factory=TaskAges)
    models: ModelCatalog = field(default_factory=ModelCatalog)

    def prepare(self, task: Task) -> TaskChange:
        """Check the references and upload those not uploaded yet; free, so it may be repeated."""
        expect = frozenset({Phase.PREPARING})
        if self.providers.is_excluded(task.provider):
            return TaskChange(task.task_id, expect, failures.excluded(task.provider))
        urls = [*task.reference_urls, *[None] * (len(task.request.references) - len(task.reference_urls))]
        try:
            stored = iter(self.uploads.stored(task))  # all are fetched and checked before the first is uploaded
            for position, url in enumerate(urls):
                urls[position] = url or self.uploads.upload(task, next(stored))
        except (ProviderError, MediaError, InvalidRequest) as error:
            # Only a link from the user may be permanently wrong; an outage or a full disk passes.
            if error.retryable and (not isinstance(error, FetchFailed) or task.attempts + 1 < FETCH_TRIES):
                fields = self._again(task, error)
                return TaskChange(task.task_id, expect, fields | {"reference_urls": tuple(urls)})
            self._note_rejection(task, error)
            return TaskChange(task.task_id, expect, failures.from_error(error))
        fields = {
            "phase": Phase.QUEUED,
            "reference_urls": tuple(urls),
            "attempts": 0,
            **NO_NOTE,
            "due_at": self.now(),
        }
        return TaskChange(task.task_id, expect, fields)

    def send(self, task: Task) -> TaskChange:
        """Make the one paid call. The task is already committed as *sending*; it is never sent twice from here."""
        expect = frozenset({Phase.SENDING})
        if self.providers.is_excluded(task.provider):
            return TaskChange(task.task_id, expect, failures.excluded(task.provider))
        references = tuple(url for url in task.reference_urls if url)
        try:
            spec = self.models.get(task.model)
            self.saver.check_ready()
            client = self.providers.client(task.provider)
            task_models.check_unchanged(self.models, spec, task)
            self.check_before_paying()
            provider_task_id = client.submit(
                spec, task.request, references, self.providers.callback_url(task.provider, task.nonce)
            )
        except OutcomeUnknown as error:
            log.warning("reply lost: %s", error, extra={"task_id": task.task_id})
            message = f"{error.message} It is not sent again automatically."
            fields = failures.failed(ErrorCode.OUTCOME_UNKNOWN, message, may_have_cost=True)
            return TaskChange(task.task_id, expect, fields)
        except KaimediaError as error:
            if error.retryable:
                fields = self._again(task, error)
                return TaskChange(task.task_id, expect, {**fields, "phase": Phase.QUEUED})
            self._note_rejection(task, error)
            return TaskChange(task.task_id, expect, failures.from_error(error))
        # Log the id first: if the database write fails, the user can still resolve the task with it.
        log.info("accepted as %s", provider_task_id, extra={"task_id": task.task_id})
        self.ages.begin(task.task_id, provider_task_id)
        return TaskChange(task.task_id, expect, self._accepted(spec, provider_task_id))

    def poll(self, task: Task) -> TaskChange:
        """Poll the provider once for the state of a task."""
        spec = task_models.to_time_polls(self.models, task)
        accepted_at = task.accepted_at or task.created_at
        age_s = self.ages.of(
            task.task_id,
            task.provider_task_id,
            by_clock_s=(self.now() - accepted_at).total_seconds(),
            deadline_s=spec.deadline_s,
        )
        report = self._report(task, age_s)
        # Expect exactly the phase it was claimed in: a cancel made meanwhile must win.
        return TaskChange(
            task.task_id,
            frozenset({task.phase}),
            polling.apply_poll(
                task,
                spec,
                report,
                age_s=age_s,
                measured_age_s=self.ages.measured_s(task.task_id, task.provider_task_id),
                done_age_s=self._done_age_s(task),
                now=self.now(),
                first_s=self.config.poll_s,
            ),
        )

    def _report(self, task: Task, age_s: float) -> Report:
        try:
            client = self.providers.client(task.provider)
            return client.report(self.models.get(task.model), task.provider_task_id or "", age_s)
        except (AuthFailed, InvalidRequest) as error:  # no key; or a provider or model that is not known at the moment
            return Report(TaskState.PROCESSING, is_transient=True, message=error.message)

    def _done_age_s(self, task: Task) -> float:
        """How long ago the provider reported it done, by the same clock as the task's age; 0 if it has not."""
        if task.provider_done_at is None:
            return 0.0
        return self.ages.of(
            task.task_id,
            f"done {task.provider_task_id}",
            by_clock_s=(self.now() - task.provider_done_at).total_seconds(),
            deadline_s=plan.NO_RESULT_GRACE_S,
        )

    def save(self, task: Task) -> TaskChange:
        """Fetch every result not fetched yet; each one is committed as soon as it is saved."""
        expect = frozenset({Phase.SAVING})
        saved = {item.variant for item in self.media.of_task(task.task_id) if item.filename}
        findings = dict(task.findings)
        failure: MediaError | None = None
        for variant, url in enumerate(task.result_urls):
            if variant in saved:
                continue
            try:
                saved_file = self._saved(task, variant, url)
            except MediaError as error:
                failure = failure if failure and isinstance(error, TooLarge) else error  # prefer one worth retrying
                if isinstance(error, FetchFailed) and error.sha256:
                    findings[str(variant)] = error.sha256
                if isinstance(error, StorageFull | StorageUnavailable):
                    break
                continue
            self.results.save(task.task_id, variant, saved_file, self.now())
        if failure is None:
            fields = {
                "phase": Phase.DONE,
                "completed_at": self.now(),
                **(note_fields(NoteCode.EXTRA_RESULTS) if task.extra_results else NO_NOTE),
                "error_code": None,
                "error_message": None,
                "attempts": 0,
                "findings": {},
                "due_at": None,
            }
            return TaskChange(task.task_id, expect, fields)
        return TaskChange(task.task_id, expect, self.after_failed_save(task, failure) | {"findings": findings})

    def _saved(self, task: Task, variant: int, url: str) -> SavedFile:
        seen = task.findings.get(str(variant))
        is_last = plan.is_last_try(task.attempts, has_finding=seen is not None)

        def save(link: str) -> SavedFile:
            return self.saver.save(
                link,
                modality=task.modality,
                at=task.created_at,
                key=result_key(task.task_id, variant),
                extra_hosts=self.providers.result_hosts(task.provider),
                seen_sha256=seen,
                is_last_try=is_last,
            )

        try:
            return save(url)
        except ResultExpired:
            signed = self._signed(task, url)
            if signed is None:
                raise
            return save(signed)

    def _signed(self, task: Task, url: str) -> str | None:
        """A new link to a result whose first one expired: the file may outlive it by days. The request is free.

        None if the provider makes none.
        """
        if not renews_links(task.provider):
            return None
        try:
            return self.providers.client(task.provider).download_link(url)
        except KaimediaError as error:
            log.info("no signed link either: %s", error, extra={"task_id": task.task_id})
            return None

    # --- fields a step writes -----------------------------------------------------------------------------

    def _accepted(self, spec: ModelSpec, provider_task_id: str) -> dict[str, Any]:
        now = self.now()
        first_s = plan.next_poll_delay_s(spec, 0, first_s=self.config.poll_s)
        return {
            "phase": Phase.WAITING,
            "provider_task_id": provider_task_id,
            "accepted_at": now,
            "attempts": 0,
            **NO_NOTE,
            "due_at": now + timedelta(seconds=first_s),
        }

    def after_failed_save(self, task: Task, failure: MediaError) -> dict[str, Any]:
        """Counts tries, not time: a clock change must not lose a paid result, nor may a full or absent storage."""
        now = self.now()
        is_storage = isinstance(failure, StorageFull | StorageUnavailable)
        attempts = min(task.attempts, plan.SAVE_TRIES - 1) if is_storage else task.attempts + 1
        is_hopeless = isinstance(failure, TooLarge) or (not failure.retryable and attempts >= BAD_CONTENT_TRIES)
        if is_hopeless or attempts >= plan.SAVE_TRIES:
            message = f"It was generated but could not be saved: {failure.message}"
            fields = failures.failed(ErrorCode.NOT_SAVED, message, may_have_cost=True)
            is_over = attempts >= plan.SLOW_SAVES or isinstance(failure, TooLarge)  # the user may raise the limit
            again_at = None if is_over else now + timedelta(seconds=plan.SLOW_POLL_S)
            return fields | {"attempts": attempts, "due_at": again_at}
        first_s = min(2.0, self.config.poll_s or 2.0)
        pauses = plan.STORAGE_PAUSES if is_storage else attempts
        wait_s = plan.back_off_s(pauses, first_s=first_s, longest_s=plan.SAVE_PAUSE_S)
        is_expired = isinstance(failure, ResultExpired)
        code = NoteCode.LINK_EXPIRED if is_expired else NoteCode.NOT_SAVED_YET
        fields = {
            "attempts": attempts,
            "due_at": now + timedelta(seconds=wait_s),
            **note_fields(code, failure.message, wait_s=wait_s),
        }
        if is_expired or (attempts % 3 == 0 and not is_storage):
            fields["phase"] = Phase.WAITING  # another poll returns fresh links
        return fields

    def _again(self, task: Task, error: KaimediaError) -> dict[str, Any]:
        attempts = task.attempts + 1
        requested_s = getattr(error, "retry_after_s", None) or 0.0
        wait_s = max(requested_s, plan.back_off_s(attempts, first_s=min(2.0, self.config.poll_s or 2.0)))
        return {
            "attempts": attempts,
            "due_at": self.now() + timedelta(seconds=wait_s),
            **failures.repeat_note(error, wait_s),
        }

    def _note_rejection(self, task: Task, error: KaimediaError) -> None:
        """Remember a wrong key, so that pages say so; a key's own spending limit resets on its own."""
        is_wrong_key = isinstance(error, AuthFailed) and not isinstance(error, KeyLimitReached)
        if is_wrong_key:
            self.providers.note_refused_key(task.provider, error.message)
