"""Writes what the handlers return: at once where it matters, batched where it does not."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

from kaimedia.domain import ErrorCode, Phase, Task, TaskChange, utc_now
from kaimedia.errors import NotFound, StaleTransition, StoreUnavailable
from kaimedia.jobs import failures
from kaimedia.jobs.plan import back_off_s
from kaimedia.store.tasks.reader import TaskReader
from kaimedia.store.tasks.updater import TaskUpdater

log = logging.getLogger("kaimedia.jobs")

TRIES_S = 10.0
_POLLED = (Phase.WAITING, Phase.GENERATING)


def _of(change: TaskChange) -> dict[str, str]:
    return {"task_id": change.task_id}


@dataclass(slots=True)
class _Ticket:
    """One change waiting for a batched write; `is_applied` stays None when that failed."""

    change: TaskChange
    is_taken: bool = False
    is_applied: bool | None = None


class UpdateBatcher:
    """Guarded writes for one engine; thread-safe.

    Threads that write at the same time share one transaction: the first writes the changes of all.
    """

    def __init__(self, reader: TaskReader, updater: TaskUpdater) -> None:
        self._reader = reader
        self._updater = updater
        self._deferred: list[TaskChange] = []
        self._waiting: list[_Ticket] = []
        self._guard = threading.Lock()
        self._turn = threading.Lock()

    def write(self, task: Task, change: TaskChange) -> None:
        """Write a handler's change; a poll without news is deferred until `flush`."""
        if task.phase in _POLLED and change.fields.get("phase", task.phase) in _POLLED:
            with self._guard:
                self._deferred.append(change)
        else:
            self.commit_now(change)

    def waiting(self) -> set[str]:
        """The tasks whose change is deferred."""
        with self._guard:
            return {change.task_id for change in self._deferred}

    def flush(self) -> None:
        """Write all deferred changes in one transaction. Raises StoreUnavailable; they then stay deferred."""
        with self._guard:
            changes, self._deferred = self._deferred, []
        if not changes:
            return
        try:
            self._updater.change_many(changes, utc_now())
        except StoreUnavailable:
            with self._guard:
                self._deferred = changes + self._deferred
            raise

    def commit_now(self, change: TaskChange) -> None:
        """Write at once; a change with a provider task id is tried for as long as this process runs."""
        provider_task_id = change.fields.get("provider_task_id")
        until = time.monotonic() + TRIES_S
        tries = 0
        while True:
            try:
                self._write(change)
                return
            except StoreUnavailable as error:
                tries += 1
                if provider_task_id and tries % 10 == 1:  # paid: if we crash now, the user can resolve it with this id
                    log.error("accepted as %s, not written yet: %s", provider_task_id, error, extra=_of(change))
                elif not provider_task_id and time.monotonic() > until:
                    log.error("a change could not be written: %s", error, extra=_of(change))
                    return
                time.sleep(back_off_s(tries, first_s=0.1, longest_s=3))

    def _write(self, change: TaskChange) -> None:
        provider_task_id = change.fields.get("provider_task_id")
        try:
            if provider_task_id:  # paid: on its own, so that no other change can make it fail
                self._updater.change(change, utc_now())
            else:
                self._write_together(_Ticket(change))
        except StaleTransition:
            if provider_task_id:
                self._attach(change.task_id, provider_task_id)
        except NotFound:
            log.warning("a task was deleted while it ran", extra=_of(change))

    def _write_together(self, ticket: _Ticket) -> None:
        with self._guard:
            self._waiting.append(ticket)
        with self._turn:
            if not ticket.is_taken:
                self._write_all()
        if ticket.is_applied is None:
            self._updater.change(ticket.change, utc_now())

    def _write_all(self) -> None:
        with self._guard:
            batch, self._waiting = self._waiting, []
        for ticket in batch:
            ticket.is_taken = True
        try:
            applied = self._updater.change_many([ticket.change for ticket in batch], utc_now())
        except StoreUnavailable:
            return  # each thread then tries alone and gets its own error
        for ticket in batch:
            ticket.is_applied = ticket.change.task_id in applied

    def _attach(self, task_id: str, provider_task_id: str) -> None:
        """During our call the row was declared lost or got an id from a callback: the reply takes precedence."""
        try:
            self._updater.attach_provider_id(provider_task_id, utc_now(), task_id=task_id, is_proven=True)
        except StaleTransition:
            self._note_shared_id(task_id, provider_task_id)

    def _note_shared_id(self, task_id: str, provider_task_id: str) -> None:
        """The row has no id but did not accept this one: another task has it already, which is recorded here."""
        task = self._reader.get(task_id)
        is_unknown = task.phase is Phase.FAILED and task.error_code is ErrorCode.OUTCOME_UNKNOWN
        if task.provider_task_id is not None or not (task.phase is Phase.SENDING or is_unknown):
            log.info("already settled", extra={"task_id": task_id})
            return
        log.warning(
            "%s gave the id %s to more than one task", task.provider, provider_task_id, extra={"task_id": task_id}
        )
        try:
            self._updater.change(
                TaskChange(task_id, frozenset({task.phase}), failures.shared_id(task.provider, provider_task_id)),
                utc_now(),
            )
        except StaleTransition:  # a callback or the user resolved it just now
            log.info("already settled", extra={"task_id": task_id})


def note_change(task: Task, change: TaskChange) -> None:
    """Log the changes that matter to an operator, one line each."""
    fields, about = change.fields, {"task_id": task.task_id}
    if fields["phase"] is Phase.FAILED:
        log.warning("%s failed, %s: %s", task.model, fields["error_code"], fields["error_message"], extra=about)
    elif fields["phase"] is Phase.DONE:
        log.info("%s saved, %d files", task.model, len(task.result_urls), extra=about)
    elif fields.get("note_code"):
        log.info("%s: %s. %s", task.model, fields["note_code"], fields["note"], extra=about)
