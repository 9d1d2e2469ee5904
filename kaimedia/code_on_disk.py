"""Detects that the code on disk has changed: a hosting platform may pull a new version while the process runs."""

from __future__ import annotations

import os
import time
from contextlib import suppress
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
        folders = [str(self._root / "pages"), str(self._root / "kaimedia")]
        found = set(_details(self._root / "app.py"))
        while folders:
            with suppress(OSError), os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.name.endswith(".py"):
                        found.update(_details(entry))
                    elif entry.is_dir(follow_symlinks=False) and entry.name != "__pycache__":
                        folders.append(entry.path)
        return frozenset(found)


def _details(file: Path | os.DirEntry[str]) -> list[tuple[str, int, int]]:
    """Path, size and time of change; nothing for a file that is being replaced right now."""
    try:
        status = file.stat()
    except OSError:
        return []
    return [(os.fspath(file), status.st_size, status.st_mtime_ns)]


running = CodeOnDisk()
