"""The sandbox's clock; tests replace it with their own."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """A source of the current time."""

    def now(self) -> float:
        """Wall-clock seconds since 1970."""


class WallClock:
    """The system clock; timelines continue across a restart."""

    def now(self) -> float:
        return time.time()
