"""How long a generation usually takes: learned from recently finished tasks, else what its provider calls typical."""

from __future__ import annotations

import math
import statistics
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kaimedia.domain import GenerationRequest, Modality, ProviderName
from kaimedia.errors import StoreError
from kaimedia.models.params import ParamKind
from kaimedia.models.spec import ModelSpec
from kaimedia.store.tasks.durations import TaskDuration, TaskDurations

LEARNED_FROM = 3  # finished tasks at least; fewer are not representative
LEARNED_OVER = 50
P90_FROM = 10  # of fewer tasks, "9 of 10" cannot be said
READ_TASKS = 200  # of one model, to find enough with the same settings
FRESH_S = 15.0
RECENT_TASKS = 1000  # for a list of all models
RECENT_FRESH_S = 60.0
SANDBOX_S = {Modality.IMAGE: 10, Modality.VIDEO: 20}
LONGER_FACTOR = 2


class TimeBasis(StrEnum):
    """Where a usual time comes from."""

    SAME_SETTINGS = "same_settings"  # finished tasks here with the same length, number of images and choices
    SAME_MODEL = "same_model"  # finished tasks here, whatever their settings
    PROVIDER = "provider"  # what the provider calls typical


@dataclass(frozen=True, slots=True)
class TypicalTime:
    """Time from acceptance to the saved result, seconds; low and high are equal when it was learned.

    9 of 10 tasks took `p90_s` at most; None when that was not learned. `tasks` is how many it was learned from.
    """

    low_s: int
    high_s: int
    basis: TimeBasis = TimeBasis.PROVIDER
    p90_s: int | None = None
    tasks: int = 0

    @property
    def is_learned(self) -> bool:
        """True when it was measured here."""
        return self.basis is not TimeBasis.PROVIDER

    def is_exceeded(self, elapsed_s: float) -> bool:
        """True after more than twice the usual time, and after more than 9 of 10 tasks took."""
        return elapsed_s > max(LONGER_FACTOR * self.high_s, self.p90_s or 0)


class TypicalTimes:
    """Usual times for all pages. Thread-safe."""

    def __init__(self, durations: TaskDurations) -> None:
        self._durations = durations
        self._guard = threading.Lock()
        self._known: dict[tuple[str, str], tuple[float, Sequence[TaskDuration]]] = {}
        self._recent: tuple[float, Mapping[tuple[str, str], list[float]]] = (-math.inf, {})
        self._at_providers: tuple[object, object, Mapping[str, TypicalTime]] | None = None

    def of(self, spec: ModelSpec, provider: str, request: GenerationRequest | None = None) -> TypicalTime | None:
        """How long a request usually takes with this model at that provider; None if unknown.

        Without a request, whatever the settings. Reads the database at most once per 15 s.
        """
        finished = self._finished(spec, provider)
        if request is not None:
            wanted = _settings(spec, request)
            alike = [each.taken_s for each in finished if _settings(spec, each.request) == wanted]
            if (found := _learned(alike, TimeBasis.SAME_SETTINGS)) is not None:
                return found
        learned = _learned([each.taken_s for each in finished], TimeBasis.SAME_MODEL)
        return learned or _catalogued(spec, provider)

    def at_providers(self, specs: Sequence[ModelSpec]) -> Mapping[str, TypicalTime]:
        """By model id, how long each model usually takes at its own provider; those nobody measured are left out.

        Reads the database once a minute at most. The same object for the same specs while nothing has changed.
        """
        taken_s, known = self._recent_durations(), self._at_providers
        if known is not None and known[0] is specs and known[1] is taken_s:
            return known[2]
        found: dict[str, TypicalTime] = {}
        for spec in specs:
            learned = _learned(taken_s.get((spec.id, spec.provider), ()), TimeBasis.SAME_MODEL)
            if (usual := learned or _catalogued(spec, spec.provider)) is not None:
                found[spec.id] = usual
        self._at_providers = (specs, taken_s, found)
        return found

    def _finished(self, spec: ModelSpec, provider: str) -> Sequence[TaskDuration]:
        """The latest finished tasks of a model, newest first; none while the database does not answer."""
        key = (spec.id, provider)
        with self._guard:
            known = self._known.get(key)
        if known is not None and time.monotonic() - known[0] < FRESH_S:
            return known[1]
        found: Sequence[TaskDuration]
        try:
            found = self._durations.of_model(spec.id, provider, READ_TASKS)
        except StoreError:  # an estimate is not worth a failed page
            found = ()
        with self._guard:
            self._known[key] = (time.monotonic(), found)
        return found

    def _recent_durations(self) -> Mapping[tuple[str, str], list[float]]:
        with self._guard:
            read_at, known = self._recent
        if time.monotonic() - read_at < RECENT_FRESH_S:
            return known
        try:
            found = self._durations.recent_s(RECENT_TASKS)
        except StoreError:
            found = {}
        with self._guard:
            self._recent = (time.monotonic(), found)
        return found


def _settings(spec: ModelSpec, request: GenerationRequest) -> tuple[Any, ...]:
    """What a request's time depends on: its length, number of images, mode and choices, as comparable values."""
    choices = (p for p in spec.params if p.kind in (ParamKind.CHOICE, ParamKind.FLAG))
    values = [request.params.get(param.name, param.default) for param in choices]
    return request.duration_s, request.variants, spec.mode_for(request.references).remote_name, values


def _learned(taken_s: Sequence[float], basis: TimeBasis) -> TypicalTime | None:
    """The median of the latest of these, which are newest first; None if there are too few."""
    latest = sorted(taken_s[:LEARNED_OVER])
    if len(latest) < LEARNED_FROM:
        return None
    median_s = max(1, round(statistics.median(latest)))
    p90_s = math.ceil(latest[math.ceil(0.9 * len(latest)) - 1]) if len(latest) >= P90_FROM else None
    return TypicalTime(median_s, median_s, basis, p90_s and max(median_s, p90_s), len(latest))


def _catalogued(spec: ModelSpec, provider: str) -> TypicalTime | None:
    if provider == ProviderName.SANDBOX:
        return TypicalTime(SANDBOX_S[spec.modality], SANDBOX_S[spec.modality])
    return TypicalTime(*spec.typical_s) if spec.typical_s else None
