"""The files clients uploaded, under the paths the upload host gives them."""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOM = "kieai/183531"
_ODD = re.compile(r"[^A-Za-z0-9._-]+")
LONGEST_NAME = 120


def safe_path(folder: str, name: str) -> str:
    """`folder/name` with nothing in it that could lead elsewhere; a missing name is made up."""
    segments = [_ODD.sub("_", part)[:LONGEST_NAME].lstrip(".") for part in folder.split("/")]
    last = _ODD.sub("_", Path(name).name)[-LONGEST_NAME:].lstrip(".") or uuid.uuid4().hex
    return "/".join([*(segment for segment in segments[:8] if segment), last])


class Uploads:
    """A folder of uploaded files; the same path overwrites. `lifetime_s` is real seconds."""

    def __init__(self, folder: Path, lifetime_s: float) -> None:
        self._folder = folder
        self._lifetime_s = lifetime_s
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, path: str, content: bytes, now: float) -> str:
        """Store one file; returns its path below the host."""
        target = self._file(path)
        part = target.with_name(f"{target.name}-{uuid.uuid4().hex}")
        part.write_bytes(content)
        os.utime(part, (now, now))
        part.replace(target)
        return f"{ROOM}/{path}"

    def find(self, url_path: str, now: float) -> Path | None:
        """The file of a link's path, unless it has run out of its days."""
        path = unquote(url_path).lstrip("/")
        if not path.startswith(f"{ROOM}/"):
            return None
        target = self._file(path.removeprefix(f"{ROOM}/"))
        if not target.is_file():
            return None
        if now - target.stat().st_mtime > self._lifetime_s:
            target.unlink(missing_ok=True)
            return None
        return target

    def find_link(self, url: str, now: float) -> Path | None:
        """The same for a whole link, whatever its host."""
        return self.find(urlsplit(url).path, now)

    def _file(self, path: str) -> Path:
        return self._folder / hashlib.sha256(path.encode()).hexdigest()
