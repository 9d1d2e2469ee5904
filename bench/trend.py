"""Resource usage of a process over time, and whether it is flat: samples, a robust slope, a verdict."""

from __future__ import annotations

import contextlib
import itertools
import statistics
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil

EVERY_S = 5.0
# Maximum growth per minute (10^6 bytes, or a count) that still counts as flat.
LIMITS_PER_MIN: Mapping[str, float] = {
    "main_mb": 1.0,
    "tree_mb": 1.0,
    "main_descriptors": 0.5,
    "tree_descriptors": 0.5,
    "main_threads": 0.5,
    "tree_threads": 0.5,
}


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds since the first sample, and the usage at that time."""

    at_s: float
    held: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Trend:
    """One measure over a run. `slope` is per minute, after the warm-up."""

    name: str
    start: float
    median: float
    end: float
    most: float
    slope: float

    @property
    def is_flat(self) -> bool:
        """True if the growth is within its limit."""
        return self.slope <= LIMITS_PER_MIN[self.name]


class Sampler:
    """Samples a process and its children every five seconds until `stop`."""

    def __init__(self, pid: int, every_s: float = EVERY_S) -> None:
        self._main = psutil.Process(pid)
        self._every_s = every_s
        self._began = time.monotonic()
        self._is_over = threading.Event()
        self.samples: list[Sample] = [self._sample()]
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop sampling."""
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            while not self._is_over.wait(self._every_s):
                self.samples.append(self._sample())

    def _sample(self) -> Sample:
        main = _held_by(self._main)
        tree = dict(main)
        for child in self._main.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                for name, value in _held_by(child).items():
                    tree[name] += value
        held = {
            f"{whose}_{name}": value
            for whose, found in (("main", main), ("tree", tree))
            for name, value in found.items()
        }
        return Sample(time.monotonic() - self._began, held)


def _held_by(process: psutil.Process) -> dict[str, float]:
    with process.oneshot():
        return {
            "mb": process.memory_info().rss / 1e6,
            "descriptors": process.num_fds(),
            "threads": process.num_threads(),
        }


def slope_per_min(points: Sequence[tuple[float, float]]) -> float:
    """Theil–Sen: the median of the slopes between all pairs of (seconds, value); single outliers do not move it."""
    slopes = [(later[1] - first[1]) / (later[0] - first[0]) for first, later in itertools.combinations(points, 2)]
    return statistics.median(slopes) * 60 if slopes else 0.0


def trends(samples: Sequence[Sample], warm_up_s: float) -> list[Trend]:
    """Each measure of a run; needs at least two samples after the warm-up."""
    warm = [sample for sample in samples if sample.at_s >= warm_up_s]
    if len(warm) < 2:
        raise ValueError(f"the run is too short for a warm-up of {warm_up_s:g} s")
    found = []
    for name in LIMITS_PER_MIN:
        values = [sample.held[name] for sample in warm]
        slope = slope_per_min([(sample.at_s, sample.held[name]) for sample in warm])
        found.append(Trend(name, samples[0].held[name], statistics.median(values), values[-1], max(values), slope))
    return found
