"""Timeouts for incomplete requests, and the host of absolute request targets.

`streamlit run` creates the server and has no settings for these, so uvicorn's two HTTP protocol classes are patched
once, before the first connection.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

log = logging.getLogger("kaimedia.firewall")

HEADER_S = 20.0  # for the complete headers
BODY_IDLE_S = 30.0  # without receiving a byte of the body
BODY_S = 300.0  # for the complete body
CHECK_S = 5.0
MIN_OPEN_FILES = 65_536
ABSOLUTE_HOST = "kaimedia.absolute_host"
_PROTOCOLS = (
    ("uvicorn.protocols.http.httptools_impl", "HttpToolsProtocol"),
    ("uvicorn.protocols.http.h11_impl", "H11Protocol"),
)


def allow_many_open_files() -> None:
    """Raise this process's soft limit of file descriptors to the hard limit, 65,536 at most."""
    with suppress(ImportError, ValueError, OSError):
        resource = importlib.import_module("resource")  # not on Windows
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MIN_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MIN_OPEN_FILES)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def install() -> None:
    """Patch the installed protocol classes; calling it again has no effect."""
    for module, name in _PROTOCOLS:
        with suppress(ImportError):
            protocol = getattr(importlib.import_module(module), name)
            if not hasattr(protocol, "kaimedia_watch"):
                _patch(protocol)


def absolute_host(raw_target: bytes) -> str | None:
    """The host of a target in absolute form (`GET http://host/path`), in lower case; None for the usual form."""
    if raw_target.startswith(b"/") or b"://" not in raw_target:
        return None
    with suppress(ValueError):
        return urlsplit(raw_target.decode("latin-1")).netloc.lower()
    return ""


def _patch(protocol: Any) -> None:
    made, received = protocol.connection_made, protocol.data_received

    def connection_made(self: Any, transport: asyncio.Transport) -> None:
        made(self, transport)
        self.kaimedia_watch = _Watchdog(self, transport)

    def data_received(self: Any, data: bytes) -> None:
        self.kaimedia_watch.received_data()
        received(self, data)

    protocol.connection_made = connection_made
    protocol.data_received = data_received
    protocol.kaimedia_watch = None
    if hasattr(protocol, "on_headers_complete"):  # httptools; h11 keeps the absolute form in the path
        completed = protocol.on_headers_complete

        def on_headers_complete(self: Any) -> None:
            if (host := absolute_host(self.url)) is not None:
                self.scope[ABSOLUTE_HOST] = host
            completed(self)

        protocol.on_headers_complete = on_headers_complete


class _Watchdog:
    """Checks a connection every few seconds while it belongs to the HTTP protocol."""

    def __init__(self, protocol: Any, transport: asyncio.Transport) -> None:
        self._protocol: Any = protocol
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._last_byte_at = self._loop.time()
        self._cycle: Any = None
        self._phase_started_at = self._last_byte_at
        self._was_waiting = True
        self._loop.call_later(CHECK_S, self._check)

    def received_data(self) -> None:
        """Data was received."""
        self._last_byte_at = self._loop.time()

    def _check(self) -> None:
        if self._transport.is_closing() or self._transport.get_protocol() is not self._protocol:
            return  # closed, or now a WebSocket
        now, cycle = self._loop.time(), getattr(self._protocol, "cycle", None)
        is_waiting = cycle is None or cycle.response_complete
        if cycle is not self._cycle or is_waiting is not self._was_waiting:
            self._cycle, self._was_waiting, self._phase_started_at = cycle, is_waiting, now
        elapsed = now - self._phase_started_at
        is_late = elapsed >= HEADER_S if is_waiting else self._is_late_body(cycle, now, elapsed)
        if is_late:
            log.info("closed a connection because its request was not completed in time")
            self._transport.abort()
            return
        self._loop.call_later(CHECK_S, self._check)

    def _is_late_body(self, cycle: Any, now: float, elapsed: float) -> bool:
        is_paused = getattr(self._protocol.flow, "read_paused", False)  # then we are the slow side
        return (
            bool(cycle.more_body) and not is_paused and (now - self._last_byte_at >= BODY_IDLE_S or elapsed >= BODY_S)
        )
