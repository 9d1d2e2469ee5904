"""Handles the provider's callbacks: they trigger a poll or resolve a lost reply, but never deliver a result."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from kaimedia.domain import Phase, Task, utc_now
from kaimedia.errors import NotFound, StaleTransition
from kaimedia.jobs.providers import Providers
from kaimedia.providers.base import CallbackReader
from kaimedia.providers.registry import callback_reader_of
from kaimedia.store.tasks.reader import TaskReader
from kaimedia.store.tasks.schedule import TaskSchedule
from kaimedia.store.tasks.updater import TaskUpdater

log = logging.getLogger("kaimedia.callbacks")

_NONCE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_WATCHED = frozenset({Phase.WAITING, Phase.GENERATING, Phase.SAVING, Phase.FAILED})


class CallbackOutcome(StrEnum):
    """How a callback was handled, for logs and metrics."""

    POLLED = "polled"  # its task is polled now
    ATTACHED = "attached"  # it gave the id of a task whose reply was lost
    SETTLED = "settled"  # nothing (left) to do
    FOREIGN = "foreign"  # its payload is about another task than its address
    UNKNOWN = "unknown"  # no task of this provider has this address
    UNSIGNED = "unsigned"  # a signature is required, and it has no valid one


class CallbackService:
    """Callbacks from the providers."""

    def __init__(
        self,
        providers: Providers,
        reader: TaskReader,
        updater: TaskUpdater,
        schedule: TaskSchedule,
        wake: Callable[[], None],
    ) -> None:
        self._providers = providers
        self._reader = reader
        self._updater = updater
        self._schedule = schedule
        self._wake = wake

    def receive(
        self,
        provider: str,
        nonce: str,
        payload: Any,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> CallbackOutcome:
        """Make the task of this address due now; if its reply was lost, attach the id from the payload.

        `provider` is the name in the address; `headers` are those of the request, names in lower case. The provider
        verifies the callback itself: where it can, only the ids it signed count. Nothing is sent here, and the store
        decides which id may replace another: see `TaskUpdater.attach_provider_id`.

        Raises:
            StoreUnavailable: the database does not answer; regular polling continues without the hint.
        """
        read = callback_reader_of(provider)
        task = None if read is None else self._task_at(nonce, read)
        if read is None or task is None:
            return CallbackOutcome.UNKNOWN
        found = read(payload, headers, secret=self._providers.callback_secret(provider), now=utc_now())
        if found.is_verified and not found.task_ids:
            log.warning("a callback without a valid signature was ignored", extra={"task_id": task.task_id})
            return CallbackOutcome.UNSIGNED
        outcome = self._act(task, found.task_ids, is_signed=found.is_verified)
        log.info("callback: %s", outcome, extra={"task_id": task.task_id})
        return outcome

    def _task_at(self, nonce: str, read: CallbackReader) -> Task | None:
        """The task of this address; None if there is none, or its provider calls back in another format."""
        if not _NONCE.fullmatch(nonce):
            return None
        try:
            task = self._reader.by_nonce(nonce)
        except NotFound:
            return None
        return task if callback_reader_of(task.provider) is read else None

    def _act(self, task: Task, named: tuple[str, ...], *, is_signed: bool) -> CallbackOutcome:
        if named and task.provider_task_id not in named:
            return self._attach(task, named[0], is_signed=is_signed)
        return self._poll_now(task)

    def _poll_now(self, task: Task) -> CallbackOutcome:
        if task.provider_task_id is None or task.phase not in _WATCHED or task.due_at is None:
            return CallbackOutcome.SETTLED
        self._schedule.wake([task.task_id], utc_now())
        self._wake()
        return CallbackOutcome.POLLED

    def _stored(self, task: Task, provider_task_id: str) -> Task | None:
        """The task as it is now, if the reply to its sending, with this id, was stored since it was read."""
        found = self._reader.by_ids([task.task_id])
        return next((each for each in found if each.provider_task_id == provider_task_id), None)

    def _attach(self, task: Task, provider_task_id: str, *, is_signed: bool) -> CallbackOutcome:
        try:
            self._updater.attach_provider_id(provider_task_id, utc_now(), nonce=task.nonce, is_proven=is_signed)
        except (StaleTransition, NotFound):  # the task no longer accepts it, or another task has that id
            if task.provider_task_id is None and (stored := self._stored(task, provider_task_id)):
                return self._poll_now(stored)
            return CallbackOutcome.SETTLED if task.provider_task_id is None else CallbackOutcome.FOREIGN
        if task.provider_task_id is not None:  # logged so that the replaced id can be found if it was the right one
            log.warning(
                "a callback set the id %s, replacing %s",
                provider_task_id,
                task.provider_task_id,
                extra={"task_id": task.task_id},
            )
        self._wake()
        return CallbackOutcome.ATTACHED
