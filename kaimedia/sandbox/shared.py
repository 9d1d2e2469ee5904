"""One embedded sandbox for all processes that share a data folder, found through a locked file."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kaimedia.errors import ProviderUnavailable
from kaimedia.sandbox.options import SandboxOptions

if TYPE_CHECKING:
    from kaimedia.sandbox.embedded import EmbeddedSandbox

try:
    import fcntl
except ImportError:  # Windows has no such locks, so each process starts its own sandbox
    fcntl = None  # type: ignore[assignment]

FIND_WITHIN_S = 5.0


class SharedSandbox:
    """Starts the sandbox in this process, or finds the one that another process with this data folder has started."""

    def __init__(self, options: SandboxOptions, folder: Path) -> None:
        self._options = options
        self._file = folder / "sandbox.lock"
        self._sandbox: EmbeddedSandbox | None = None
        self._url: str | None = None
        self._descriptor: int | None = None
        self._guard = threading.Lock()

    def url(self) -> str:
        """The base URL; looked up each time, because the process that ran the sandbox may have ended.

        Raises:
            ProviderUnavailable: another process is starting one that does not become ready.
        """
        with self._guard:
            if self._url is not None:
                return self._url
            until = time.monotonic() + FIND_WITHIN_S
            while time.monotonic() < until:
                if self._lock():
                    return self._start()
                if found := self._read():
                    return found
                time.sleep(0.05)
        raise ProviderUnavailable("The sandbox that another process of this app started is not ready.")

    def stop(self) -> None:
        """Stop the sandbox if this process started it."""
        with self._guard:
            if self._sandbox is not None:
                self._sandbox.stop()
            if self._descriptor is not None:
                os.ftruncate(self._descriptor, 0)
                os.close(self._descriptor)
            self._sandbox = self._url = self._descriptor = None

    def _lock(self) -> bool:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        if fcntl is not None:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                return False
        self._descriptor = descriptor
        return True

    def _start(self) -> str:
        # The sandbox and its web server are imported only by the one process that runs it.
        from kaimedia.sandbox.embedded import EmbeddedSandbox

        descriptor = self._descriptor
        assert descriptor is not None
        os.ftruncate(descriptor, 0)
        sandbox = EmbeddedSandbox(self._options)
        try:
            url = sandbox.start()
        finally:
            if sandbox.base_url is None:  # release the lock; while it is held, no other process can start one
                os.close(descriptor)
                self._descriptor = None
        self._sandbox, self._url = sandbox, url
        os.pwrite(descriptor, url.encode(), 0)
        return url

    def _read(self) -> str | None:
        with contextlib.suppress(OSError):
            return self._file.read_text(encoding="utf-8").strip() or None
        return None
