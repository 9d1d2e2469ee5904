"""What a provider's callback sets off: a look now, or the end of a lost reply. Never a result."""

from __future__ import annotations

import logging
import re
from enum import StrEnum
from typing import Any

from kaimedia.domain import Phase, Task, utc_now
from kaimedia.errors import NotFound, StaleTransition
from kaimedia.kie.callbacks import candidate_ids, verified_ids
from kaimedia.studio.parts import Parts

log = logging.getLogger("kaimedia.callbacks")

_NONCE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_WATCHED = frozenset({Phase.WAITING, Phase.GENERATING, Phase.SAVING, Phase.FAILED})


class CallbackOutcome(StrEnum):
    """What became of a callback, for logs and counts."""

    WOKEN = "woken"  # its task is looked at now
    ADOPTED = "adopted"  # it told the id of a task whose reply was lost
    SETTLED = "settled"  # nothing to do (any more)
    FOREIGN = "foreign"  # it names another task than its address
    UNKNOWN = "unknown"  # no task has this address
    UNSIGNED = "unsigned"  # a signature is asked for and it has none that fits


class CallbackDesk:
    """The part of `Studio` that hears callbacks. They may come twice, late, in any order, or from anybody."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._tasks = parts.tasks

    def take_callback(
        self, nonce: str, payload: Any, *, timestamp: str | None = None, signature: str | None = None
    ) -> CallbackOutcome:
        """Make the task of this address due now; one whose reply was lost takes the id the payload names.

        `timestamp` and `signature` are the provider's headers. With a webhook key configured only the ids they
        sign count, whatever else the payload names. Nothing here sends anything, and which id a task may take
        in the place of another is the store's to decide: see `TaskChanges.adopt`.

        Raises:
            StoreUnavailable: the database does not answer; looking goes on without the hint.
        """
        task = self._addressed(nonce)
        if task is None:
            return CallbackOutcome.UNKNOWN
        key = self._parts.config.webhook_hmac_key
        named = candidate_ids(payload)
        if key:
            named = verified_ids(payload, timestamp=timestamp, signature=signature, hmac_key=key, now=utc_now())
            if not named:
                log.warning("a callback without a valid signature was ignored", extra={"task_id": task.task_id})
                return CallbackOutcome.UNSIGNED
        outcome = self._act(task, named, is_signed=bool(key))
        log.info("callback: %s", outcome, extra={"task_id": task.task_id})
        return outcome

    def _addressed(self, nonce: str) -> Task | None:
        if not _NONCE.fullmatch(nonce):
            return None
        try:
            return self._tasks.by_nonce(nonce)
        except NotFound:
            return None

    def _act(self, task: Task, named: tuple[str, ...], *, is_signed: bool) -> CallbackOutcome:
        if named and task.provider_task_id not in named:
            return self._adopt(task, named[0], is_signed=is_signed)
        if task.provider_task_id is None or task.phase not in _WATCHED or task.due_at is None:
            return CallbackOutcome.SETTLED
        self._tasks.wake([task.task_id], utc_now())
        self._parts.wake()
        return CallbackOutcome.WOKEN

    def _adopt(self, task: Task, provider_task_id: str, *, is_signed: bool) -> CallbackOutcome:
        try:
            self._tasks.adopt(provider_task_id, utc_now(), nonce=task.nonce, is_proven=is_signed)
        except (StaleTransition, NotFound):  # not open to it (any more), or another task has that id
            return CallbackOutcome.SETTLED if task.provider_task_id is None else CallbackOutcome.FOREIGN
        if task.provider_task_id is not None:  # should it have been the right one, a person finds it here
            log.warning(
                "a callback put the id %s in the place of %s",
                provider_task_id,
                task.provider_task_id,
                extra={"task_id": task.task_id},
            )
        self._parts.wake()
        return CallbackOutcome.ADOPTED
