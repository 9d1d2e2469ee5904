"""Compressed copies of files that never change: gzip on the first request, brotli in the background after it."""

from __future__ import annotations

import gzip
import hashlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import brotli

log = logging.getLogger(__name__)

SUFFIXES = frozenset({".js", ".css"})  # fonts and images are compressed already
GZIP_LEVEL = 6
BROTLI_QUALITY = 11  # slow: 2 s for the 60 files of a page, once for each version of them
QUIET_S = 30.0  # without requests: compressing is not to slow down the first visit


@dataclass(frozen=True, slots=True)
class CompressedCopy:
    """A file in one content coding; `etag` is that of this copy, `modified_at` the original's time."""

    coding: str
    content: bytes
    etag: str
    modified_at: datetime


class CompressedCopies:
    """The copies of the scripts and styles in a folder. Thread-safe; `get` blocks.

    Brotli waits until no file was requested for `quiet_s`. `saved_in` names the folder that keeps brotli copies for the
    next start; None, or one that cannot be written, means that they are made again.
    """

    def __init__(self, root: Path, saved_in: Callable[[], Path | None], quiet_s: float = QUIET_S) -> None:
        self._quiet_s = quiet_s
        self._root = root
        self._saved_in = saved_in
        self._names = frozenset(
            path.relative_to(root).as_posix() for path in root.rglob("*") if path.suffix in SUFFIXES and path.is_file()
        )
        self._known: dict[tuple[str, str], CompressedCopy] = {}
        self._guard = threading.Lock()
        self._waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._queued: set[str] = set()
        self._requested_s = 0.0

    def __contains__(self, name: str) -> bool:
        """Whether this is one of the files; `name` is its path below the folder, with slashes."""
        return name in self._names

    def get(self, name: str, codings: Collection[str]) -> CompressedCopy | None:
        """The smallest copy there is in one of these codings; None if there is none, or the file cannot be read."""
        self._requested_s = time.monotonic()
        if name not in self._names:
            return None
        try:
            if "br" in codings and (found := self._brotli(name)):
                return found
            return self._gzip(name) if "gzip" in codings else None
        except OSError:
            return None

    def _gzip(self, name: str) -> CompressedCopy:
        known = self._known.get((name, "gzip"))
        return known or self._remember(name, "gzip", gzip.compress(self._original(name), GZIP_LEVEL, mtime=0))

    def _brotli(self, name: str) -> CompressedCopy | None:
        """The copy made before, now or by an earlier process; else None, and it is made in the background."""
        if known := self._known.get((name, "br")):
            return known
        with self._guard:
            if name in self._queued:
                return None
            self._queued.add(name)
            if len(self._queued) == 1:
                threading.Thread(target=self._compress_waiting, name="kaimedia-brotli", daemon=True).start()
        if content := self._saved(name):
            return self._remember(name, "br", content)
        self._waiting.put(name)
        return None

    def _compress_waiting(self) -> None:
        while True:
            name = self._waiting.get()
            while (left_s := self._quiet_s - (time.monotonic() - self._requested_s)) > 0:
                time.sleep(left_s)
            try:
                content = brotli.compress(self._original(name), quality=BROTLI_QUALITY)
            except OSError:
                continue
            self._remember(name, "br", content)
            self._save(name, content)

    def _original(self, name: str) -> bytes:
        return (self._root / name).read_bytes()

    def _remember(self, name: str, coding: str, content: bytes) -> CompressedCopy:
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        modified_at = datetime.fromtimestamp((self._root / name).stat().st_mtime, UTC)
        made = self._known[name, coding] = CompressedCopy(coding, content, etag, modified_at)
        return made

    def _saved(self, name: str) -> bytes | None:
        """A copy saved by an earlier process, if it is whole and of this file."""
        folder = self._saved_in()
        if folder is None:
            return None
        try:
            content = (folder / f"{name}.br").read_bytes()
            return content if brotli.decompress(content) == self._original(name) else None
        except (OSError, brotli.error):
            return None

    def _save(self, name: str, content: bytes) -> None:
        folder = self._saved_in()
        if folder is None:
            return
        file = folder / f"{name}.br"
        part = file.with_name(f"{file.name}.{threading.get_native_id()}.part")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content)
            part.replace(file)
        except OSError as error:
            log.debug("compressed copies are not kept: %s", error)
