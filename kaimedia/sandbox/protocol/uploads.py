"""The files clients uploaded, under the paths of the upload host."""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from pathlib import Path
from urllib.parse import unquote, urlsplit

URL_PREFIX = "kieai/183531"
_ODD = re.compile(r"[^A-Za-z0-9._-]+")
MAX_NAME_CHARS = 120


def safe_path(folder: str, name: str) -> str:
    """`folder/name` without anything that could leave the folder; a missing name is generated."""
    segments = [_ODD.sub("_", part)[:MAX_NAME_CHARS].lstrip(".") for part in folder.split("/")]
    last = _ODD.sub("_", Path(name).name)[-MAX_NAME_CHARS:].lstrip(".") or uuid.uuid4().hex
    return "/".join([*(segment for segment in segments[:8] if segment), last])


class Uploads:
    """A folder of uploaded files; the same path overwrites. `lifetime_s` is real seconds."""

    def __init__(self, folder: Path, lifetime_s: float) -> None:
        self._folder = folder
        self._lifetime_s = lifetime_s
        folder.mkdir(parents=True, exist_ok=True)

    def save(self, path: str, content: bytes, now: float) -> str:
        """Store one file; returns its path on the host."""
        target = self._file(path)
        part = target.with_name(f"{target.name}-{uuid.uuid4().hex}")
        part.write_bytes(content)
        os.utime(part, (now, now))
        part.replace(target)
        return f"{URL_PREFIX}/{path}"

    def find(self, url_path: str, now: float) -> Path | None:
        """The file behind a link's path, unless it has expired."""
        path = unquote(url_path).lstrip("/")
        if not path.startswith(f"{URL_PREFIX}/"):
            return None
        target = self._file(path.removeprefix(f"{URL_PREFIX}/"))
        if not target.is_file():
            return None
        if now - target.stat().st_mtime > self._lifetime_s:
            target.unlink(missing_ok=True)
            return None
        return target

    def find_link(self, url: str, now: float) -> Path | None:
        """The same for a full link with any host."""
        return self.find(urlsplit(url).path, now)

    def _file(self, path: str) -> Path:
        return self._folder / hashlib.sha256(path.encode()).hexdigest()
