"""How long a generation usually takes: learned from recently finished tasks, else from the catalog."""

from __future__ import annotations

import math
import statistics
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kaimedia.domain import Modality, ProviderName
from kaimedia.errors import StoreError
from kaimedia.models.spec import ModelSpec
from kaimedia.store.tasks.reader import TaskReader

LEARNED_FROM = 3  # finished tasks at least; fewer are not representative
LEARNED_OVER = 20
FRESH_S = 15.0
RECENT_TASKS = 500  # for a list of all models
RECENT_FRESH_S = 60.0
SANDBOX_S = {Modality.IMAGE: 10, Modality.VIDEO: 20}
LONGER_FACTOR = 2


@dataclass(frozen=True, slots=True)
class TypicalTime:
    """Time from acceptance to the saved result, seconds; low and high are equal when it was learned."""

    low_s: int
    high_s: int
    is_learned: bool = False

    def is_exceeded(self, elapsed_s: float) -> bool:
        """True after more than twice the usual time."""
        return elapsed_s > LONGER_FACTOR * self.high_s


class TypicalTimes:
    """Usual times for all pages. Thread-safe."""

    def __init__(self, tasks: TaskReader) -> None:
        self._tasks = tasks
        self._guard = threading.Lock()
        self._known: dict[tuple[str, str], tuple[float, TypicalTime | None]] = {}
        self._recent: tuple[float, Mapping[tuple[str, str], list[float]]] = (-math.inf, {})

    def of(self, spec: ModelSpec, provider: str) -> TypicalTime | None:
        """How long this model usually takes at that provider; None if unknown.

        Reads the database at most once per 15 s.
        """
        key = (spec.id, provider)
        with self._guard:
            known = self._known.get(key)
        if known is not None and time.monotonic() - known[0] < FRESH_S:
            return known[1]
        found = self._learned(spec, provider) or _catalogued(spec, provider)
        with self._guard:
            self._known[key] = (time.monotonic(), found)
        return found

    def at_providers(self, specs: Iterable[ModelSpec]) -> dict[str, TypicalTime]:
        """By model id, how long each model usually takes at its own provider; those nobody measured are left out.

        Reads the database once a minute at most.
        """
        taken_s = self._recent_durations()
        return {
            spec.id: usual
            for spec in specs
            if (usual := _median(taken_s.get((spec.id, spec.provider), ())) or _catalogued(spec, spec.provider))
        }

    def _recent_durations(self) -> Mapping[tuple[str, str], list[float]]:
        with self._guard:
            read_at, known = self._recent
        if time.monotonic() - read_at < RECENT_FRESH_S:
            return known
        try:
            found = self._tasks.recent_durations_s(RECENT_TASKS)
        except StoreError:
            found = {}
        with self._guard:
            self._recent = (time.monotonic(), found)
        return found

    def _learned(self, spec: ModelSpec, provider: str) -> TypicalTime | None:
        try:
            taken_s = self._tasks.durations_s(spec.id, provider, LEARNED_OVER)
        except StoreError:  # an estimate is not worth a failed page
            return None
        return _median(taken_s)


def _median(taken_s: Sequence[float]) -> TypicalTime | None:
    if len(taken_s) < LEARNED_FROM:
        return None
    median_s = max(1, round(statistics.median(taken_s[:LEARNED_OVER])))
    return TypicalTime(median_s, median_s, is_learned=True)


def _catalogued(spec: ModelSpec, provider: str) -> TypicalTime | None:
    if provider == ProviderName.SANDBOX:
        return TypicalTime(SANDBOX_S[spec.modality], SANDBOX_S[spec.modality])
    return TypicalTime(*spec.typical_s) if spec.typical_s else None
