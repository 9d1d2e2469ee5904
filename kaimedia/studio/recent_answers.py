"""Answers that stay valid until what they were made from changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

T = TypeVar("T")
MOST = 32


class RecentAnswers:
    """The last answers by key, each with the marker of the data that it was made from. Thread-safe."""

    def __init__(self, marker: Callable[[], Hashable]) -> None:
        self._marker = marker
        self._guard = threading.Lock()
        self._known: OrderedDict[Hashable, tuple[Hashable, object]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The answer for a key, made again if the data have changed since."""
        marker = self._marker()
        with self._guard:
            known = self._known.get(key)
        if known is not None and known[0] == marker:
            answer: T = known[1]  # type: ignore[assignment]
            return answer
        answer = make()
        with self._guard:
            self._known[key] = marker, answer
            self._known.move_to_end(key)
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return answer
