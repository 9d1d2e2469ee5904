"""What a sandbox can be asked to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kaimedia.errors import ConfigError
from kaimedia.sandbox.clock import Clock, WallClock
from kaimedia.sandbox.faults import parse_all

MEDIA = ("full", "draft", "small")


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """Everything that can be chosen about one sandbox.

    Attributes:
        api_key: the one bearer key that is let in; None lets in any that is not empty.
        speed: how many times faster than normal: at 1 a picture takes about 8 s, a clip 15–20 s.
        seed: changes the pictures and which tasks faults with a probability hit.
        faults: switches as `docs/sandbox.md` lists them, `name[=amount][:probability]`.
        credits: the balance at the first start; a journal keeps it from then on.
        media: `full` draws in child processes; so does `draft`, but videos at a quarter of the side with half the
            frames, a tenth of the work; `small` makes tiny files at once (thousands of tasks).
        journal: a file that makes tasks and balance survive a restart, a killed one included.
        media_folder: where results and uploads are; None: beside the journal, else a temporary folder.
        hmac_key: signs callbacks.
        creates_per_10s: tasks accepted in any 10 real seconds; None for no limit.
        real_429: the limit answers with HTTP 429 and Retry-After instead of a code under HTTP 200.
        limits_polls: also hold the documented limits on queries (jobs 10/s, 4o 3/s a task).
        sora_paused: Sora 2 answers as kie.ai does since June 2026.
        retention_days, upload_days: how long results and uploads are kept; sped up by `speed`.
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
    real_429: bool = False
    limits_polls: bool = False
    sora_paused: bool = False
    retention_days: float = 14.0
    upload_days: float = 3.0
    clock: Clock = field(default_factory=WallClock)

    def __post_init__(self) -> None:
        if not self.speed > 0:
            raise ConfigError("The sandbox's speed must be above 0.", setting="speed")
        if self.media not in MEDIA:
            raise ConfigError(f"The sandbox's media are one of {', '.join(MEDIA)}.", setting="media")
        parse_all(self.faults)
