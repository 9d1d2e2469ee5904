"""The time the sandbox goes by; tests put their own in."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Something that knows the time."""

    def now(self) -> float:
        """Seconds since 1970, as a wall clock shows them."""


class WallClock:
    """The machine's own clock: timelines go on across a restart."""

    def now(self) -> float:
        return time.time()
