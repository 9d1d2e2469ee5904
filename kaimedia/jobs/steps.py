"""What can be done for one task: prepare, send, watch, save. Each does one thing and returns what changed.

No loops over tasks, no sleeping, no choice of when: that is the engine's. The only write made here is that of
each saved file, so that a restart never fetches it twice; everything else is in the returned change.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from kaimedia.config import Config
from kaimedia.domain import ErrorCode, Phase, ProviderKind, Reference, SavedFile, Task, TaskChange, utc_now
from kaimedia.errors import (
    AuthFailed,
    FetchFailed,
    KaimediaError,
    MediaError,
    OutcomeUnknown,
    ProviderError,
    ResultExpired,
    StorageFull,
    TooLarge,
)
from kaimedia.jobs import failures, looks, plan
from kaimedia.jobs.clock import TaskAges
from kaimedia.jobs.providers import Providers
from kaimedia.kie import catalog
from kaimedia.kie.client import KieClient
from kaimedia.kie.spec import ModelSpec, Report, TaskState
from kaimedia.media.keeper import Keeper
from kaimedia.media.names import mime_of
from kaimedia.media.references import ReferenceShelf
from kaimedia.store.media import MediaStore
from kaimedia.store.tasks import TaskStore

log = logging.getLogger("kaimedia.jobs")

FETCH_TRIES = 8  # of a reference link
BAD_CONTENT_TRIES = 5


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps with what they need. Times come from `now`, aware UTC."""

    config: Config
    tasks: TaskStore
    media: MediaStore
    keeper: Keeper
    shelf: ReferenceShelf
    providers: Providers
    now: Callable[[], datetime] = utc_now
    check_before_paying: Callable[[], None] = lambda: None  # raises a KaimediaError while nothing may be sent
    ages: TaskAges = field(default_factory=TaskAges)

    def prepare(self, task: Task) -> TaskChange:
        """Check the reference image and upload it; free, so it may be repeated."""
        expect = frozenset({Phase.PREPARING})
        try:
            url = self._upload_reference(task)
        except (ProviderError, MediaError) as error:
            # Only a link that somebody gave may be wrong for good; an outage or a full disk ends by itself.
            if error.retryable and (not isinstance(error, FetchFailed) or task.attempts + 1 < FETCH_TRIES):
                return TaskChange(task.task_id, expect, self._again(task, error, "Uploading the reference again"))
            self._note_refusal(task, error)
            return TaskChange(task.task_id, expect, failures.from_error(error))
        fields = {"phase": Phase.QUEUED, "reference_url": url, "attempts": 0, "note": None, "due_at": self.now()}
        return TaskChange(task.task_id, expect, fields)

    def send(self, task: Task) -> TaskChange:
        """Make the one paid call. The task is already committed as *sending*; it is never sent again from here."""
        expect = frozenset({Phase.SENDING})
        references = (task.reference_url,) if task.reference_url else ()
        try:
            spec = catalog.get(task.model)
            self.keeper.check_ready()
            client = self.providers.client(task.provider)
            self.check_before_paying()
            provider_task_id = client.submit(spec, task.request, references, self._callback_url(task))
        except OutcomeUnknown as error:
            log.warning("reply lost: %s", error, extra={"task_id": task.task_id})
            message = f"{error.message} It is not sent again by itself."
            fields = failures.failed(ErrorCode.OUTCOME_UNKNOWN, message, may_have_cost=True)
            return TaskChange(task.task_id, expect, fields)
        except KaimediaError as error:
            if error.retryable:
                fields = self._again(task, error, "Not sent yet, trying again")
                return TaskChange(task.task_id, expect, {**fields, "phase": Phase.QUEUED})
            self._note_refusal(task, error)
            return TaskChange(task.task_id, expect, failures.from_error(error))
        # The id goes to the log first: should the disk refuse it, a person can still settle the task with it.
        log.info("accepted as %s", provider_task_id, extra={"task_id": task.task_id})
        self.ages.begin(task.task_id, provider_task_id)
        return TaskChange(task.task_id, expect, self._accepted(spec, provider_task_id))

    def watch(self, task: Task) -> TaskChange:
        """Look once how the provider stands with a task."""
        spec = catalog.get(task.model)
        accepted_at = task.accepted_at or task.created_at
        age_s = self.ages.of(
            task.task_id,
            task.provider_task_id,
            by_clock_s=(self.now() - accepted_at).total_seconds(),
            deadline_s=spec.deadline_s,
        )
        done_age_s = self._done_age_s(task)
        try:
            client = self.providers.client(task.provider)
            report = client.report(spec, task.provider_task_id or "", age_s)
        except AuthFailed as error:
            report = Report(TaskState.PROCESSING, is_transient=True, message=error.message)
        # Exactly the phase it was claimed in: a cancel that came meanwhile must win.
        return TaskChange(
            task.task_id,
            frozenset({task.phase}),
            looks.after_look(
                task,
                spec,
                report,
                age_s=age_s,
                measured_age_s=self.ages.measured_s(task.task_id, task.provider_task_id),
                done_age_s=done_age_s,
                now=self.now(),
                first_s=self.config.poll_s,
            ),
        )

    def _done_age_s(self, task: Task) -> float:
        """How long ago the provider said that it is done, by the same clock as the task's age; 0 if it has not."""
        if task.provider_done_at is None:
            return 0.0
        return self.ages.of(
            task.task_id,
            f"done {task.provider_task_id}",
            by_clock_s=(self.now() - task.provider_done_at).total_seconds(),
            deadline_s=plan.NO_RESULT_GRACE_S,
        )

    def save(self, task: Task) -> TaskChange:
        """Fetch every result not fetched yet; each one is committed as soon as it is kept."""
        expect = frozenset({Phase.SAVING})
        saved = {item.variant for item in self.media.of_task(task.task_id) if item.filename}
        findings = dict(task.findings)
        failure: MediaError | None = None
        for variant, url in enumerate(task.result_urls):
            if variant in saved:
                continue
            try:
                kept = self._kept(task, variant, url)
            except MediaError as error:
                failure = failure if failure and isinstance(error, TooLarge) else error  # what may still pass decides
                if isinstance(error, FetchFailed) and error.sha256:
                    findings[str(variant)] = error.sha256
                if isinstance(error, StorageFull):
                    break
                continue
            self.tasks.save_result(task.task_id, variant, kept, self.now())
        if failure is None:
            fields = {
                "phase": Phase.DONE,
                "completed_at": self.now(),
                "note": failures.extra_note(task.extra_results),
                "error_code": None,
                "error_message": None,
                "attempts": 0,
                "findings": {},
                "due_at": None,
            }
            return TaskChange(task.task_id, expect, fields)
        return TaskChange(task.task_id, expect, self.after_failed_save(task, failure) | {"findings": findings})

    def _kept(self, task: Task, variant: int, url: str) -> SavedFile:
        seen = task.findings.get(str(variant))
        is_last = plan.is_last_try(task.attempts, has_finding=seen is not None)

        def keep(link: str) -> SavedFile:
            return self.keeper.keep(
                link,
                modality=task.modality,
                at=task.created_at,
                key=f"{task.task_id}:{variant}",
                extra_hosts=self._own_hosts(task.provider),
                seen_sha256=seen,
                is_last_try=is_last,
            )

        try:
            return keep(url)
        except ResultExpired:
            signed = self._signed(task, url)
            if signed is None:
                raise
            return keep(signed)

    def _signed(self, task: Task, url: str) -> str | None:
        """Another link to a result whose own is dead: the file may outlive it by days. Asking is free."""
        try:
            return self.providers.client(task.provider).download_link(url)
        except KaimediaError as error:
            log.info("no signed link either: %s", error, extra={"task_id": task.task_id})
            return None

    # --- what a step writes -------------------------------------------------------------------------------

    def _accepted(self, spec: ModelSpec, provider_task_id: str) -> dict[str, Any]:
        now = self.now()
        first_s = plan.next_look_s(spec, 0, first_s=self.config.poll_s)
        return {
            "phase": Phase.WAITING,
            "provider_task_id": provider_task_id,
            "accepted_at": now,
            "attempts": 0,
            "note": None,
            "due_at": now + timedelta(seconds=first_s),
        }

    def after_failed_save(self, task: Task, trouble: MediaError) -> dict[str, Any]:
        """Tries are counted, not timed: a clock that is set must not give up what is paid. No room never gives up."""
        now = self.now()
        attempts = task.attempts + 1
        if isinstance(trouble, StorageFull):
            attempts = min(attempts, plan.SAVE_TRIES - 1)
        is_hopeless = isinstance(trouble, TooLarge) or (not trouble.retryable and attempts >= BAD_CONTENT_TRIES)
        if is_hopeless or attempts >= plan.SAVE_TRIES:
            message = f"It was generated but could not be saved: {trouble.message}"
            fields = failures.failed(ErrorCode.NOT_SAVED, message, may_have_cost=True)
            is_over = attempts >= plan.SLOW_SAVES or isinstance(trouble, TooLarge)  # a person may raise the limit
            again_at = None if is_over else now + timedelta(seconds=plan.SLOW_LOOK_S)
            return fields | {"attempts": attempts, "due_at": again_at}
        ends_at = plan.links_end_at(task.provider_done_at or now)
        first_s = min(2.0, self.config.poll_s or 2.0)
        wait_s = plan.back_off_s(attempts, first_s=first_s, longest_s=plan.SAVE_PAUSE_S)
        fields = {
            "attempts": attempts,
            "due_at": now + timedelta(seconds=wait_s),
            "note": f"Generated, not saved yet: {trouble.message} {_next_try(trouble, wait_s, ends_at)}",
        }
        if isinstance(trouble, ResultExpired) or attempts % 3 == 0:
            fields["phase"] = Phase.WAITING  # another look gives fresh links
        return fields

    def _again(self, task: Task, error: KaimediaError, what: str) -> dict[str, Any]:
        attempts = task.attempts + 1
        asked_s = getattr(error, "retry_after_s", None) or 0.0
        wait_s = max(asked_s, plan.back_off_s(attempts, first_s=min(2.0, self.config.poll_s or 2.0)))
        return {
            "attempts": attempts,
            "due_at": self.now() + timedelta(seconds=wait_s),
            "note": f"{what} in {wait_s:.0f} s: {error.message}",
        }

    def _note_refusal(self, task: Task, error: KaimediaError) -> None:
        """Remember a wrong key, so that pages say so; a key's own cap (433) ends by itself."""
        is_wrong_key = isinstance(error, AuthFailed) and error.provider_code != looks.CAP_USED_UP
        if is_wrong_key and task.provider is ProviderKind.KIE:
            self.providers.note_refused_key(error.message)

    # --- what a step needs --------------------------------------------------------------------------------

    def _upload_reference(self, task: Task) -> str:
        reference = task.request.reference
        if reference is None:
            raise ValueError("a task without reference is never prepared")
        spec = catalog.get(task.model)
        if reference.url is not None:
            reference = self._fetch_reference(spec, reference.url)
        client: KieClient = self.providers.client(task.provider)
        path = self.shelf.path(reference)
        return client.upload(path, mime_of(path.name))

    def _fetch_reference(self, spec: ModelSpec, url: str) -> Reference:
        return self.shelf.fetch(
            url,
            allowed_mimes=spec.reference_types,
            max_bytes=spec.max_reference_bytes,
            trusted_hosts=self.config.trusted_hosts,
        )

    def _callback_url(self, task: Task) -> str | None:
        if not self.config.public_url or task.provider is ProviderKind.SANDBOX:
            return None
        return f"{self.config.public_url}/api/callbacks/kie/{task.nonce}"

    def _own_hosts(self, provider: ProviderKind) -> tuple[str, ...]:
        """Hosts that whoever runs this app named as the provider's: results may lie there, private or not."""
        if provider is ProviderKind.SANDBOX:
            return (urlsplit(self.providers.sandbox_url()).netloc,)
        return tuple(urlsplit(url).netloc for url in (self.config.kie_api_url, self.config.kie_upload_url))


def _next_try(error: MediaError, wait_s: float, ends_at: datetime) -> str:
    """When and by what a result is fetched again; a dead link is not promised to live."""
    if isinstance(error, ResultExpired):
        return f"Asking for a new link in {wait_s:.0f} s."
    return f"Trying again in {wait_s:.0f} s; the link works until {ends_at:%b %d, %H:%M} UTC at least."
