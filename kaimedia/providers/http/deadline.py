"""A total time limit that holds even when a server sends one byte at a time.

A socket's own timeout restarts with every byte. Here each read, headers included, gets only the time left overall.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

_CHUNK_BYTES = 64 * 1024


@dataclass(slots=True)
class Attempt:
    """One exchange in progress. `ends_at` is in seconds on the monotonic clock.

    `is_connected` says whether a request may have been sent; before that, the server cannot have received anything.
    """

    ends_at: float
    is_connected: bool = False

    def remaining_s(self) -> float:
        """Seconds left, never negative."""
        return max(self.ends_at - time.monotonic(), 0.0)

    def at_most_s(self, limit_s: float) -> float:
        """`limit_s` or the time left, whichever is less; never zero, which sockets read as "do not wait"."""
        return max(min(limit_s, self.remaining_s()), 0.001)


_current: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


@contextmanager
def limited(attempt: Attempt) -> Iterator[Attempt]:
    """Apply the attempt's time limit to every read in this thread."""
    token = _current.set(attempt)
    try:
        yield attempt
    finally:
        _current.reset(token)


def mark_connected() -> None:
    """Record that the connection is up, TLS included: after this, a failure may follow an accepted request."""
    attempt = _current.get()
    if attempt is not None:
        attempt.is_connected = True


class TimedBody:
    """A request body sent in chunks, none of them after its attempt's end."""

    def __init__(self, chunks: Iterable[bytes], size_bytes: int) -> None:
        self._chunks = chunks
        self._size_bytes = size_bytes

    @classmethod
    def of_bytes(cls, content: bytes) -> TimedBody:
        """Split bytes into chunks: one large send would have to finish within a single send's timeout."""
        starts = range(0, len(content), _CHUNK_BYTES)
        return cls([content[start : start + _CHUNK_BYTES] for start in starts], len(content))

    def __len__(self) -> int:
        return self._size_bytes

    def __iter__(self) -> Iterator[bytes]:
        attempt = _current.get()
        for chunk in self._chunks:
            if attempt is not None and attempt.remaining_s() <= 0:
                raise TimeoutError("the total time limit was reached")
            yield chunk


class TimedResponse(http.client.HTTPResponse):
    """A response whose reads all stop at the end of its attempt."""

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
            raise TimeoutError("the total time limit was reached")
        limit_s = remaining_s if self._read_timeout_s is None else min(self._read_timeout_s, remaining_s)
        self._sock.settimeout(limit_s)
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _PlainConnection(HTTPConnection):
    response_class = TimedResponse

    def connect(self) -> None:
        super().connect()
        mark_connected()


class _SecureConnection(HTTPSConnection):
    response_class = TimedResponse

    def connect(self) -> None:
        super().connect()
        mark_connected()


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


POOLS: Mapping[str, type[urllib3.HTTPConnectionPool]] = {"http": _PlainPool, "https": _SecurePool}
