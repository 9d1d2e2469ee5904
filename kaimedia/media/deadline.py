"""A limit on the total time of a network exchange, which per-read timeouts cannot enforce."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Self


class Deadline:
    """A timer that shuts down every connection it watches when time runs out.

    A server that sends a byte now and then never triggers a read timeout. Shutting down the connection from another
    thread wakes the reader wherever it waits: in the handshake, the headers or the body. DNS lookups cannot be
    interrupted; the resolver has its own limit.
    """

    def __init__(self, total_s: float) -> None:
        self.total_s = total_s
        self._begun_at = time.monotonic()
        self._timer = self._timer_for(total_s)
        self._guard = threading.Lock()
        self._watched: list[socket.socket] = []
        self._ended = threading.Event()
        self._has_exited = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def extend(self, total_s: float) -> None:
        """Set the total time in seconds, counted from the start; never shortens it."""
        self.total_s = max(self.total_s, total_s)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._guard:
            self._has_exited = True
            self._timer.cancel()
            for connection in self._watched:
                connection.close()
            self._watched.clear()

    @property
    def is_over(self) -> bool:
        """Whether the time has run out."""
        return self.remaining_s <= 0

    @property
    def remaining_s(self) -> float:
        """Seconds left, at least 0."""
        return max(0.0, self._begun_at + self.total_s - time.monotonic())

    def wait(self, timeout_s: float) -> bool:
        """Wait until time has run out and the connections are shut down; False if `timeout_s` passed first."""
        return self._ended.wait(timeout_s)

    def watch(self, connection: socket.socket) -> None:
        """Shut down this connection too when time runs out; immediately if it already has."""
        with self._guard:
            # a duplicate stays valid when TLS takes over the original's descriptor
            self._watched.append(connection.dup())
            if self._ended.is_set():
                _shut(self._watched[-1])

    def _timer_for(self, left_s: float) -> threading.Timer:
        timer = threading.Timer(left_s, self._end)
        timer.daemon = True
        return timer

    def _end(self) -> None:
        with self._guard:
            if (left_s := self.remaining_s) > 0:  # extended meanwhile
                if not self._has_exited:
                    self._timer = self._timer_for(left_s)
                    self._timer.start()
                return
            self._ended.set()
            for connection in self._watched:
                _shut(connection)


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # the other side already closed it
        connection.shutdown(socket.SHUT_RDWR)
