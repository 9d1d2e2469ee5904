"""Rate limit for guessing API tokens."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

FREE_ATTEMPTS = 10
MAX_PAUSE_S = 60
MAX_PEERS = 10_000
FORGET_AFTER_S = 3600.0


class FailedAttempts:
    """Invalid tokens by peer: after ten, the pause doubles with each, from one second to one minute.

    Memory is bounded: the least recently active peers are forgotten first. Thread-safe.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[int, float]] = OrderedDict()  # number of attempts, time of the last

    @property
    def peers_known(self) -> int:
        """The number of peers remembered."""
        return len(self._known)

    def pause_s(self, peer: str) -> int:
        """Whole seconds this peer has to wait; 0 if none."""
        with self._lock:
            attempts, last_s = self._known.get(peer, (0, 0.0))
        if attempts < FREE_ATTEMPTS:
            return 0
        pause_s: int = min(MAX_PAUSE_S, 1 << min(attempts - FREE_ATTEMPTS, 20))
        return max(0, math.ceil(last_s + pause_s - self._now_s()))

    def note(self, peer: str) -> None:
        """Record an invalid token."""
        with self._lock:
            attempts, last_s = self._known.pop(peer, (0, 0.0))
            is_old = self._now_s() - last_s > FORGET_AFTER_S
            self._known[peer] = (1 if is_old else attempts + 1, self._now_s())
            if len(self._known) > MAX_PEERS:
                self._known.popitem(last=False)

    def forget(self, peer: str) -> None:
        """Reset a peer after a valid token."""
        with self._lock:
            self._known.pop(peer, None)
