"""How long a peer that guesses API tokens has to wait."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

FREE_MISSES = 10
MOST_PAUSE_S = 60
MOST_PEERS = 10_000
FORGOTTEN_AFTER_S = 3600.0


class Misses:
    """Wrong tokens by peer: the pause doubles from one second with each beyond the tenth, to a minute at most.

    Memory is bounded: the peers that were quiet longest are forgotten first. Safe to share between threads.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._guard = threading.Lock()
        self._known: OrderedDict[str, tuple[int, float]] = OrderedDict()  # misses, and when the last was

    @property
    def peers_known(self) -> int:
        """How many peers are remembered."""
        return len(self._known)

    def pause_s(self, peer: str) -> int:
        """Whole seconds this peer has to wait; 0 when it may call."""
        with self._guard:
            misses, last_s = self._known.get(peer, (0, 0.0))
        if misses < FREE_MISSES:
            return 0
        pause_s: int = min(MOST_PAUSE_S, 1 << min(misses - FREE_MISSES, 20))
        return max(0, math.ceil(last_s + pause_s - self._now_s()))

    def note(self, peer: str) -> None:
        """One more wrong token."""
        with self._guard:
            misses, last_s = self._known.pop(peer, (0, 0.0))
            is_old = self._now_s() - last_s > FORGOTTEN_AFTER_S
            self._known[peer] = (1 if is_old else misses + 1, self._now_s())
            if len(self._known) > MOST_PEERS:
                self._known.popitem(last=False)

    def forget(self, peer: str) -> None:
        """A right token came."""
        with self._guard:
            self._known.pop(peer, None)
