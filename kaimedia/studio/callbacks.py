"""What a provider's callback sets off: a look now, or the end of a lost reply. Never a result."""

from __future__ import annotations

import logging
from enum import StrEnum
from typing import Any

from kaimedia.domain import ErrorCode, Phase, Task, utc_now
from kaimedia.errors import NotFound, StaleTransition
from kaimedia.kie.callbacks import candidate_ids, verify
from kaimedia.studio.parts import Parts

log = logging.getLogger("kaimedia.callbacks")

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

        `timestamp` and `signature` are the provider's headers, checked when a webhook key is configured.

        Raises:
            StoreUnavailable: the database does not answer; looking goes on without the hint.
        """
        task = self._addressed(nonce)
        if task is None:
            return CallbackOutcome.UNKNOWN
        key = self._parts.config.webhook_hmac_key
        if key and not verify(payload, timestamp=timestamp, signature=signature, hmac_key=key, now=utc_now()):
            log.warning("a callback without a valid signature was ignored", extra={"task_id": task.task_id})
            return CallbackOutcome.UNSIGNED
        outcome = self._act(task, candidate_ids(payload))
        log.info("callback: %s", outcome, extra={"task_id": task.task_id})
        return outcome

    def _addressed(self, nonce: str) -> Task | None:
        if not nonce:
            return None
        try:
            return self._tasks.by_nonce(nonce)
        except NotFound:
            return None

    def _act(self, task: Task, named: tuple[str, ...]) -> CallbackOutcome:
        if task.provider_task_id is None:
            return self._adopt(task, named[0]) if named else CallbackOutcome.SETTLED
        if named and task.provider_task_id not in named:
            return CallbackOutcome.FOREIGN
        if task.phase not in _WATCHED or task.due_at is None:
            return CallbackOutcome.SETTLED
        self._tasks.wake([task.task_id], utc_now())
        self._parts.wake()
        return CallbackOutcome.WOKEN

    def _adopt(self, task: Task, provider_task_id: str) -> CallbackOutcome:
        is_lost = task.phase is Phase.FAILED and task.error_code is ErrorCode.OUTCOME_UNKNOWN
        if not is_lost and task.phase is not Phase.SENDING:
            return CallbackOutcome.SETTLED
        try:
            self._tasks.adopt(provider_task_id, utc_now(), nonce=task.nonce)
        except (StaleTransition, NotFound):  # settled this very moment, or another task has that id
            return CallbackOutcome.SETTLED
        self._parts.wake()
        return CallbackOutcome.ADOPTED
