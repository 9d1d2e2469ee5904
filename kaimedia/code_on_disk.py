"""Detects that the code on disk has changed: a hosting platform may pull a new version while the process runs."""

from __future__ import annotations

import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REBOOT = "The code on disk has changed. Restart the app."
CHECK_EVERY_S = 10.0


class CodeOnDisk:
    """Compares the Python files below a folder with those at startup, by name, size and time; checks now and then."""

    def __init__(self, root: Path = ROOT, check_every_s: float = CHECK_EVERY_S) -> None:
        self._root = root
        self._check_every_s = check_every_s
        self._at_start = self._fingerprint()
        self._checked_at_s = time.monotonic()
        self._has_changed = False

    def has_changed(self) -> bool:
        """True once a file was changed, added or removed; stays True until the process restarts."""
        if not self._has_changed and time.monotonic() - self._checked_at_s >= self._check_every_s:
            self._checked_at_s = time.monotonic()
            self._has_changed = self._fingerprint() != self._at_start
        return self._has_changed

    def _fingerprint(self) -> frozenset[tuple[str, int, int]]:
        files = [self._root / "app.py", *self._root.glob("pages/*.py"), *self._root.glob("kaimedia/**/*.py")]
        found = set()
        for file in files:
            try:
                status = file.stat()
            except OSError:  # is being replaced right now
                continue
            found.add((file.relative_to(self._root).as_posix(), status.st_size, status.st_mtime_ns))
        return frozenset(found)


running = CodeOnDisk()
