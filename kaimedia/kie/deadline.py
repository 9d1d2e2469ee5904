"""A total time limit that holds even when a server drips one byte at a time.

A socket's own timeout starts anew with every byte. Here each read gets what is left of the whole, headers included.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

_PIECE_BYTES = 64 * 1024


@dataclass(slots=True)
class Attempt:
    """One exchange under way. `ends_at` is on the monotonic clock, seconds.

    `is_connected` tells whether a request may have left: before that, nothing can have been received.
    """

    ends_at: float
    is_connected: bool = False

    def remaining_s(self) -> float:
        """What is left, never negative."""
        return max(self.ends_at - time.monotonic(), 0.0)

    def at_most_s(self, limit_s: float) -> float:
        """A time limit cut to what is left; never zero, which sockets read as "do not wait"."""
        return max(min(limit_s, self.remaining_s()), 0.001)


_current: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


@contextmanager
def limited(attempt: Attempt) -> Iterator[Attempt]:
    """Hold every read in this thread to the attempt's end."""
    token = _current.set(attempt)
    try:
        yield attempt
    finally:
        _current.reset(token)


def mark_connected() -> None:
    """Note that the connection stands, TLS included: from here on a failure may come after acceptance."""
    attempt = _current.get()
    if attempt is not None:
        attempt.is_connected = True


class TimedBody:
    """A request body sent in pieces, none of them after the end of the attempt it belongs to."""

    def __init__(self, pieces: Iterable[bytes], size_bytes: int) -> None:
        self._pieces = pieces
        self._size_bytes = size_bytes

    @classmethod
    def of_bytes(cls, content: bytes) -> TimedBody:
        """Bytes cut into pieces: one large send would have to fit into the timeout of a single one."""
        starts = range(0, len(content), _PIECE_BYTES)
        return cls([content[start : start + _PIECE_BYTES] for start in starts], len(content))

    def __len__(self) -> int:
        return self._size_bytes

    def __iter__(self) -> Iterator[bytes]:
        attempt = _current.get()
        for piece in self._pieces:
            if attempt is not None and attempt.remaining_s() <= 0:
                raise TimeoutError("the total time is over")
            yield piece


class TimedResponse(http.client.HTTPResponse):
    """A response whose every read respects the end of the attempt it belongs to."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        attempt = _current.get()
        if attempt is not None:
            self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock, attempt))


class _TimedReader(io.RawIOBase):
    def __init__(self, raw: Any, sock: socket.socket, attempt: Attempt) -> None:
        super().__init__()
        self._raw = raw
        self._sock = sock
        self._attempt = attempt
        self._read_timeout_s = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        remaining_s = self._attempt.remaining_s()
        if remaining_s <= 0:
            raise TimeoutError("the total time is over")
        limit_s = remaining_s if self._read_timeout_s is None else min(self._read_timeout_s, remaining_s)
        self._sock.settimeout(limit_s)
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()
