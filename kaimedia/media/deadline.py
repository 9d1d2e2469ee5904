"""A total time limit on a network exchange, which timeouts per read cannot give."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Self


class Deadline:
    """A clock that, when it runs out, ends every connection it watches.

    A server that drips a byte now and then never meets a read timeout; ending the connection from another
    thread wakes the reader wherever it waits: in the handshake, the headers or the body. Host name look-ups
    cannot be interrupted; they have the resolver's own limit.
    """

    def __init__(self, total_s: float) -> None:
        self._ends_at = time.monotonic() + total_s
        self._timer = threading.Timer(total_s, self._end)
        self._timer.daemon = True
        self._guard = threading.Lock()
        self._watched: list[socket.socket] = []
        self._has_ended = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._guard:
            for connection in self._watched:
                connection.close()
            self._watched.clear()

    @property
    def is_over(self) -> bool:
        """Whether the time has run out."""
        return time.monotonic() >= self._ends_at

    @property
    def remaining_s(self) -> float:
        """Seconds left, at least 0."""
        return max(0.0, self._ends_at - time.monotonic())

    def watch(self, connection: socket.socket) -> None:
        """End this connection too when the time runs out; at once when it has."""
        with self._guard:
            # a duplicate stays valid when TLS takes over the original's descriptor
            self._watched.append(connection.dup())
            if self._has_ended:
                _shut(self._watched[-1])

    def _end(self) -> None:
        with self._guard:
            self._has_ended = True
            for connection in self._watched:
                _shut(connection)


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # the other side was quicker
        connection.shutdown(socket.SHUT_RDWR)
