"""Images that API callers upload before creating a task: checked, private to their owner, deleted when unused."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kaimedia.errors import NotFound, StorageFull, TooLarge
from kaimedia.media.durable import disk_errors, move_into_place
from kaimedia.media.kinds import BY_EXT
from kaimedia.media.probe import measure_image
from kaimedia.media.references import format_hint, supported_type

RETENTION = timedelta(hours=24)
TYPES = ("image/png", "image/jpeg", "image/webp")
MOST_BYTES = 25 * 1024 * 1024  # per image: the largest any model accepts
MOST_BYTES_OF_ALL = 1_000_000_000
_EXTENSIONS = {kind.mime_type: ext for ext, kind in BY_EXT.items() if kind.mime_type in TYPES}
_STALE_TEMP_S = 3600.0
_UPLOAD_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A stored image. Every use extends `expires_at`."""

    upload_id: str
    mime_type: str
    width_px: int
    height_px: int
    size_bytes: int
    expires_at: datetime


class Incoming:
    """A file that is being received; always call `discard` at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._size_bytes = 0
        with disk_errors():
            path.touch(mode=0o600, exist_ok=False)
            self._file = path.open("wb")

    def write(self, piece: bytes) -> None:
        """Append the next bytes.

        Raises:
            TooLarge: larger than any model accepts.
            StorageFull: no space left.
        """
        self._size_bytes += len(piece)
        if self._size_bytes > MOST_BYTES:
            raise TooLarge("This image is larger than any model accepts.", next_step=format_hint(TYPES, MOST_BYTES))
        with disk_errors():
            self._file.write(piece)

    def close(self) -> int:
        """Finish receiving. Returns the size in bytes."""
        with disk_errors():
            self._file.close()
        return self._size_bytes

    def discard(self) -> None:
        """Delete what was received, unless it was saved."""
        with suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)


class UploadFolder:
    """Uploaded images in a folder that is never served; each file name contains the id and a hash of the owner."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._incoming = self._folder / ".incoming"

    def begin(self) -> Incoming:
        """A new file to receive an image into.

        Raises:
            StorageFull: the folder cannot be written, or has reached its size limit.
        """
        with disk_errors():
            self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
            used_bytes = sum(path.stat().st_size for path in self._files())
        if used_bytes > MOST_BYTES_OF_ALL:
            raise StorageFull(
                "The limit for uploaded images has been reached.",
                next_step=f"Delete some; unused images expire after {RETENTION // timedelta(hours=1)} hours.",
            )
        return Incoming(self._incoming / secrets.token_hex(16))

    def save(self, incoming: Incoming, owner: str) -> Upload:
        """Check a completely received image and store it for `owner`.

        Raises:
            UnsupportedMedia: not an image of a supported type, or damaged.
            TooLarge: too many pixels.
            StorageFull: no space left.
        """
        size_bytes = incoming.close()
        mime_type = supported_type(incoming.path, TYPES, format_hint(TYPES, MOST_BYTES))
        size = measure_image(incoming.path)
        upload_id = secrets.token_hex(16)
        move_into_place(incoming.path, self._folder / _name(upload_id, owner, _EXTENSIONS[mime_type]), mode=0o600)
        expires_at = datetime.now(UTC) + RETENTION
        return Upload(upload_id, mime_type, size.width_px, size.height_px, size_bytes, expires_at)

    def path(self, upload_id: str, owner: str) -> Path:
        """The path of the image `owner` uploaded under this id; restarts its retention.

        Raises:
            NotFound: there is none, it belongs to someone else, or it was unused for `RETENTION`.
        """
        path = self._find(upload_id, owner)
        with suppress(OSError):
            os.utime(path)
        return path

    def remove(self, upload_id: str, owner: str) -> None:
        """Delete it. Raises NotFound like `path`."""
        self._find(upload_id, owner).unlink(missing_ok=True)

    def sweep(self) -> int:
        """Delete images unused for `RETENTION`, and files of broken uploads; returns how many."""
        deleted = 0
        limits = ((self._files(), RETENTION.total_seconds()), (self._incoming.glob("*"), _STALE_TEMP_S))
        for paths, max_age_s in limits:
            for path in paths:
                with suppress(FileNotFoundError):  # another process may sweep too
                    if _age_s(path) > max_age_s:
                        path.unlink()
                        deleted += 1
        return deleted

    def _find(self, upload_id: str, owner: str) -> Path:
        for ext in _EXTENSIONS.values() if _UPLOAD_ID.fullmatch(upload_id) else ():
            path = self._folder / _name(upload_id, owner, ext)
            with suppress(FileNotFoundError):
                if not path.is_symlink() and _age_s(path) <= RETENTION.total_seconds():
                    return path
        raise NotFound("This upload does not exist or has expired.", next_step="Upload the image again.")

    def _files(self) -> Iterator[Path]:
        return (path for path in self._folder.glob("*.*") if path.is_file() and not path.is_symlink())


def _name(upload_id: str, owner: str, ext: str) -> str:
    return f"{upload_id}-{hashlib.sha256(owner.encode()).hexdigest()[:32]}.{ext}"


def _age_s(path: Path) -> float:
    return time.time() - path.lstat().st_mtime
