"""The options of a sandbox."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from kaimedia.errors import ConfigError
from kaimedia.sandbox.faults.switches import parse_all


class Clock(Protocol):
    """A source of the current time."""

    def now(self) -> float:
        """Wall-clock seconds since 1970."""


class WallClock:
    """The system clock; timelines continue across a restart."""

    def now(self) -> float:
        return time.time()


MEDIA = ("full", "draft", "small")


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """All options of one sandbox.

    Attributes:
        api_key: the only accepted bearer key; None accepts any key that is not empty.
        speed: how many times faster than real time: at 1 an image takes about 8 s, a video 15–20 s.
        seed: changes the images and which tasks are hit by faults with a probability.
        faults: switches as listed in `docs/sandbox.md`, `name[=amount][:probability]`.
        credits: the balance at the first start; after that, a journal preserves it.
        media: `full` draws in child processes; so does `draft`, but videos at a quarter of the width and height and
            half the frames, a tenth of the work; `small` makes tiny files immediately (thousands of tasks).
        journal: a file that preserves tasks and balance across restarts, even after a killed process.
        media_folder: the folder for results and uploads; None: beside the journal, else a temporary folder.
        hmac_key: key for signing callbacks.
        creates_per_10s: tasks accepted in any 10 real seconds; None for no limit.
        model_reads_per_s: reads of the list of models and what belongs to it in any real second; None for no limit.
        real_429: over the limit, respond with HTTP 429 and Retry-After instead of a code with HTTP 200.
        limits_polls: also enforce the documented limits on polls (jobs 10/s, 4o 3/s per task).
        sora_paused: Sora 2 responds as kie.ai has since June 2026.
        removed_models: ids that the list of models lacks although the catalog has them.
        added_models: ids that the list has and nobody knows, each with an id of the catalog that it is a copy of.
        price_factors: by model id, what its prices in the price list are multiplied with.
        retention_days, upload_days: how long results and uploads are stored, in simulated days.
    """

    api_key: str | None = field(default=None, repr=False)
    speed: float = 1.0
    seed: int = 0
    faults: tuple[str, ...] = ()
    credits: float = 10000.0
    media: str = "full"
    journal: Path | None = None
    media_folder: Path | None = None
    hmac_key: str | None = field(default=None, repr=False)
    creates_per_10s: int | None = 20
    model_reads_per_s: int | None = 1
    real_429: bool = False
    limits_polls: bool = False
    sora_paused: bool = False
    removed_models: tuple[str, ...] = ()
    added_models: Mapping[str, str] = field(default_factory=dict)
    price_factors: Mapping[str, float] = field(default_factory=dict)
    retention_days: float = 14.0
    upload_days: float = 3.0
    clock: Clock = field(default_factory=WallClock)

    def __post_init__(self) -> None:
        if not self.speed > 0:
            raise ConfigError("The sandbox's speed must be above 0.", setting="speed")
        if self.media not in MEDIA:
            raise ConfigError(f"The sandbox's media must be one of {', '.join(MEDIA)}.", setting="media")
        parse_all(self.faults)
