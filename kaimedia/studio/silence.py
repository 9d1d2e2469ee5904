"""Whether the provider answers at all, told from what the running tasks met."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kaimedia.domain import ProviderKind, Status, Task
from kaimedia.studio.parts import Parts

# How the notes of `kie.transport`, `kie.refusals` and `jobs.looks` speak of a provider that is not there.
_SIGNS = ("No connection to kie.ai", "kie.ai took too long", "kie.ai could not answer", "kie.ai does not answer")


@dataclass(frozen=True, slots=True)
class Silence:
    """The provider does not answer: since when we know, and how many tasks wait for it."""

    since: datetime
    waiting: int


class SilenceDesk:
    """The part of `Studio` that notices when the provider is away."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._silence_guard = threading.Lock()
        self._silent_since: dict[ProviderKind, datetime] = {}

    def silence(self, tasks: Sequence[Task], now: datetime) -> Silence | None:
        """Whether the provider in use is away, by the notes of `tasks` and the last balance call; None if it answers.

        Nothing is asked over the network.
        """
        state = self._parts.providers.state()
        running = [task for task in tasks if task.status is not Status.FAILED and task.provider is state.kind]
        waiting = sum(any(sign in (task.note or "") for sign in _SIGNS) for task in running)
        is_answering = any(task.attempts == 0 and task.accepted_at for task in running)
        is_unheard = state.check.is_ok is None and state.check.message is not None and not is_answering
        with self._silence_guard:
            if not (waiting or is_unheard):
                self._silent_since.pop(state.kind, None)
                return None
            begun = state.check.checked_at if is_unheard and state.check.checked_at else now
            return Silence(self._silent_since.setdefault(state.kind, begun), waiting)
