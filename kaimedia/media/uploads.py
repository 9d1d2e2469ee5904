"""Images that callers of the API upload ahead of a task: checked, private to whoever sent them, gone when unused."""

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
from kaimedia.media.references import taken_type, wish

KEPT = timedelta(hours=24)
TYPES = ("image/png", "image/jpeg", "image/webp")
MOST_BYTES = 25 * 1024 * 1024  # of one image: what the model that takes the largest one takes
MOST_BYTES_OF_ALL = 1_000_000_000
_ENDINGS = {kind.mime_type: ext for ext, kind in BY_EXT.items() if kind.mime_type in TYPES}
_STALE_TEMP_S = 3600.0
_UPLOAD_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A kept image. `expires_at` moves on with every use."""

    upload_id: str
    mime_type: str
    width_px: int
    height_px: int
    size_bytes: int
    expires_at: datetime


class Incoming:
    """A file that is being received; `discard` it in the end, whatever came of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._size_bytes = 0
        with disk_errors():
            path.touch(mode=0o600, exist_ok=False)
            self._file = path.open("wb")

    def write(self, piece: bytes) -> None:
        """Take the next bytes.

        Raises:
            TooLarge: these are more than any model takes.
            StorageFull: no room left.
        """
        self._size_bytes += len(piece)
        if self._size_bytes > MOST_BYTES:
            raise TooLarge("This image is larger than any model takes.", next_step=wish(TYPES, MOST_BYTES))
        with disk_errors():
            self._file.write(piece)

    def close(self) -> int:
        """Nothing more comes. Returns the number of bytes."""
        with disk_errors():
            self._file.close()
        return self._size_bytes

    def discard(self) -> None:
        """Remove what was received, unless it was kept."""
        with suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)


class UploadFolder:
    """Uploaded images in a folder that is never served; the name of each holds its id and whose it is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._incoming = self._folder / ".incoming"

    def begin(self) -> Incoming:
        """A new file to receive an image into.

        Raises:
            StorageFull: the folder cannot be written, or holds as much as it may.
        """
        with disk_errors():
            self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
            held_bytes = sum(path.stat().st_size for path in self._files())
        if held_bytes > MOST_BYTES_OF_ALL:
            raise StorageFull(
                "There are as many uploaded images as there may be.",
                next_step=f"Delete some; unused ones go by themselves after {KEPT // timedelta(hours=1)} hours.",
            )
        return Incoming(self._incoming / secrets.token_hex(16))

    def keep(self, incoming: Incoming, person: str) -> Upload:
        """Check an image that has come whole, and keep it for `person`.

        Raises:
            UnsupportedMedia: not an image of a type that is taken, or damaged.
            TooLarge: too many pixels.
            StorageFull: no room left.
        """
        size_bytes = incoming.close()
        mime_type = taken_type(incoming.path, TYPES, wish(TYPES, MOST_BYTES))
        size = measure_image(incoming.path)
        upload_id = secrets.token_hex(16)
        move_into_place(incoming.path, self._folder / _name(upload_id, person, _ENDINGS[mime_type]), mode=0o600)
        expires_at = datetime.now(UTC) + KEPT
        return Upload(upload_id, mime_type, size.width_px, size.height_px, size_bytes, expires_at)

    def path(self, upload_id: str, person: str) -> Path:
        """Where the image is that `person` uploaded under this id; it is kept on from now.

        Raises:
            NotFound: there is none, it was another person's, or it went unused for `KEPT`.
        """
        path = self._find(upload_id, person)
        with suppress(OSError):
            os.utime(path)
        return path

    def remove(self, upload_id: str, person: str) -> None:
        """Delete it. Raises NotFound as `path` does."""
        self._find(upload_id, person).unlink(missing_ok=True)

    def sweep(self) -> int:
        """Drop what was not used for `KEPT`, and what broken uploads left; returns how many."""
        dropped = 0
        limits = ((self._files(), KEPT.total_seconds()), (self._incoming.glob("*"), _STALE_TEMP_S))
        for paths, kept_s in limits:
            for path in paths:
                with suppress(FileNotFoundError):  # another process may sweep too
                    if _age_s(path) > kept_s:
                        path.unlink()
                        dropped += 1
        return dropped

    def _find(self, upload_id: str, person: str) -> Path:
        for ending in _ENDINGS.values() if _UPLOAD_ID.fullmatch(upload_id) else ():
            path = self._folder / _name(upload_id, person, ending)
            with suppress(FileNotFoundError):
                if not path.is_symlink() and _age_s(path) <= KEPT.total_seconds():
                    return path
        raise NotFound("There is no such upload (any more).", next_step="Upload the image again.")

    def _files(self) -> Iterator[Path]:
        return (path for path in self._folder.glob("*.*") if path.is_file() and not path.is_symlink())


def _name(upload_id: str, person: str, ending: str) -> str:
    return f"{upload_id}-{hashlib.sha256(person.encode()).hexdigest()[:32]}.{ending}"


def _age_s(path: Path) -> float:
    return time.time() - path.lstat().st_mtime
