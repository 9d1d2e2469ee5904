"""Files that API callers upload before creating a task: checked, private to their owner, deleted when unused."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kaimedia.domain import InputKind
from kaimedia.domain.file_types import label_of
from kaimedia.errors import NotFound, ResultExpired, StorageFull, TooLarge, UnsupportedMedia
from kaimedia.media.conversion import UNSUPPORTED_TYPE
from kaimedia.media.durable import disk_errors, move_into_place
from kaimedia.media.input_file import SOUND_ONLY, kind_of_input, read_input
from kaimedia.media.kinds import BY_EXT, Kind
from kaimedia.media.references import format_hint
from kaimedia.media.storage import Files
from kaimedia.media.stored_uploads import StoredUploads

RETENTION = timedelta(hours=24)
TYPES: Mapping[InputKind, tuple[str, ...]] = {
    InputKind.IMAGE: ("image/png", "image/jpeg", "image/webp"),
    InputKind.VIDEO: ("video/mp4", "video/quicktime", "video/x-matroska", "video/webm"),
    InputKind.AUDIO: (
        *("audio/mpeg", "audio/wav", "audio/mp4", "audio/aac", "audio/ogg", "audio/flac", "audio/x-ms-wma"),
    ),
}
# The largest file of each kind that any model takes.
MOST_BYTES: Mapping[InputKind, int] = {
    InputKind.IMAGE: 25 * 1024 * 1024,
    InputKind.VIDEO: 500_000_000,
    InputKind.AUDIO: 100_000_000,
}
MOST_BYTES_OF_ALL = 2_000_000_000
_ALL_TYPES = frozenset(each for types in TYPES.values() for each in types)
_EXTENSIONS = {kind.mime_type: ext for ext, kind in BY_EXT.items() if kind.mime_type in _ALL_TYPES}
_CHECKED_AT_BYTES = 8192  # enough to know the type
_STALE_TEMP_S = 3600.0
_UPLOAD_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A stored file. Every use extends `expires_at`. Sizes are None for sound, the length for images."""

    upload_id: str
    kind: InputKind
    mime_type: str
    width_px: int | None
    height_px: int | None
    duration_s: float | None
    has_sound: bool
    size_bytes: int
    expires_at: datetime


class Incoming:
    """A file that is being received; always call `discard` at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._size_bytes = 0
        self._kind: InputKind | None = None
        with disk_errors():
            path.touch(mode=0o600, exist_ok=False)
            self._file = path.open("wb")

    def write(self, piece: bytes) -> None:
        """Append the next bytes.

        Raises:
            UnsupportedMedia: neither image, video nor sound.
            TooLarge: larger than any model takes of this kind.
            StorageFull: no space left.
        """
        self._size_bytes += len(piece)
        if self._kind is not None:
            self._refuse_large(self._kind)
        with disk_errors():
            self._file.write(piece)
        if self._kind is None and self._size_bytes >= _CHECKED_AT_BYTES:
            with disk_errors():
                self._file.flush()
            self._kind = kind_of_upload(self.path)
            self._refuse_large(self._kind)

    def _refuse_large(self, kind: InputKind) -> None:
        if self._size_bytes > MOST_BYTES[kind]:
            what = "sound file" if kind is InputKind.AUDIO else kind.value
            step = format_hint(TYPES[kind], MOST_BYTES[kind])
            raise TooLarge(f"This {what} is larger than any model accepts.", next_step=step)

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
    """Uploaded files in a folder that is never served; each file name contains the id and a hash of the owner.

    With `stored`, they are there for every process, and the folder has copies of those used on this machine. Then every
    method raises `StorageUnavailable` while it does not respond.
    """

    def __init__(self, folder: Path, stored: Files | None = None) -> None:
        self._stored = None if stored is None else StoredUploads(stored, RETENTION)
        self._folder = folder.absolute()
        self._incoming = self._folder / ".incoming"

    def begin(self) -> Incoming:
        """A new file to receive an upload into.

        Raises:
            StorageFull: the folder cannot be written, or has reached its size limit.
        """
        with disk_errors():
            self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
            used_bytes = sum(path.stat().st_size for path in self._files())
        if self._stored is not None:
            used_bytes = max(used_bytes, self._stored.used_bytes())
        if used_bytes > MOST_BYTES_OF_ALL:
            raise StorageFull(
                "The limit for uploaded files has been reached.",
                next_step=f"Delete some; unused ones expire after {RETENTION // timedelta(hours=1)} hours.",
            )
        return Incoming(self._incoming / secrets.token_hex(16))

    def save(self, incoming: Incoming, owner: str) -> Upload:
        """Check a completely received file and store it for `owner`.

        Raises:
            UnsupportedMedia: of no supported type, or damaged.
            TooLarge: too many pixels.
            StorageFull: no space left.
        """
        size_bytes = incoming.close()
        kind_of_upload(incoming.path)
        poster = self._incoming / secrets.token_hex(16)
        try:
            found = read_input(incoming.path, poster)
        finally:
            poster.unlink(missing_ok=True)
        mime_type = found.kind.mime_type
        if mime_type not in _ALL_TYPES:  # some containers show only when opened that they have a video track
            raise UnsupportedMedia(f"{label_of(mime_type)} files are not supported.")
        upload_id = secrets.token_hex(16)
        name = f"{_stem(upload_id, owner)}.{_EXTENSIONS[mime_type]}"
        if self._stored is not None:
            self._stored.put(incoming.path, name)
        move_into_place(incoming.path, self._folder / name, mode=0o600)
        return Upload(
            upload_id,
            found.input_kind,
            mime_type,
            found.width_px,
            found.height_px,
            found.duration_s,
            found.has_sound,
            size_bytes,
            datetime.now(UTC) + RETENTION,
        )

    def path(self, upload_id: str, owner: str) -> Path:
        """The path of the file `owner` uploaded under this id; restarts its retention.

        Raises:
            NotFound: there is none, it belongs to someone else, or it was unused for `RETENTION`.
        """
        path = self._find(upload_id, owner)
        if self._stored is not None:
            if path.is_symlink() or not path.is_file():
                self._fetch(self._stored, path)
            self._stored.note_use(path.name)
        with suppress(OSError):
            os.utime(path)
        return path

    def remove(self, upload_id: str, owner: str) -> None:
        """Delete it. Raises NotFound like `path`."""
        path = self._find(upload_id, owner)
        if self._stored is not None:
            self._stored.remove(path.name)
        path.unlink(missing_ok=True)

    def sweep(self) -> int:
        """Delete those unused for `RETENTION`, and files of broken uploads; returns how many."""
        deleted = 0
        limits = ((self._files(), RETENTION.total_seconds()), (self._incoming.glob("*"), _STALE_TEMP_S))
        for paths, max_age_s in limits:
            for path in paths:
                with suppress(FileNotFoundError):  # another process may sweep too
                    if _age_s(path) > max_age_s:
                        path.unlink()
                        deleted += 1
        return deleted if self._stored is None else deleted + self._stored.sweep()

    def _find(self, upload_id: str, owner: str) -> Path:
        """Where the upload is, or with `stored`, where it is once it is fetched."""
        is_id = _UPLOAD_ID.fullmatch(upload_id) is not None
        stem = _stem(upload_id, owner)
        if is_id and self._stored is not None:
            if (name := self._stored.find(stem)) is not None:
                return self._folder / name
            is_id = False  # what this folder has was deleted by another process
        for ext in _EXTENSIONS.values() if is_id else ():
            path = self._folder / f"{stem}.{ext}"
            with suppress(FileNotFoundError):
                if not path.is_symlink() and _age_s(path) <= RETENTION.total_seconds():
                    return path
        raise _not_found()

    def _fetch(self, stored: StoredUploads, path: Path) -> None:
        temp = self._incoming / secrets.token_hex(16)
        try:
            with disk_errors():
                self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
                temp.touch(mode=0o600, exist_ok=False)
            stored.fetch(path.name, temp)
            move_into_place(temp, path, mode=0o600)
        except ResultExpired as error:  # deleted meanwhile
            raise _not_found() from error
        finally:
            temp.unlink(missing_ok=True)

    def _files(self) -> Iterator[Path]:
        return (path for path in self._folder.glob("*.*") if path.is_file() and not path.is_symlink())


def kind_of_upload(path: Path) -> InputKind:
    """The kind of a file by its first bytes.

    Raises:
        UnsupportedMedia: it is of a type that no model takes.
    """
    hint = f"{format_hint(TYPES[InputKind.IMAGE], MOST_BYTES[InputKind.IMAGE])} Videos and sound are taken as well."
    try:
        kind = kind_of_input(path)
    except UnsupportedMedia as error:
        raise UnsupportedMedia(error.message, next_step=hint) from error
    if kind.input_kind is InputKind.IMAGE and kind.mime_type not in TYPES[InputKind.IMAGE]:
        raise UnsupportedMedia(UNSUPPORTED_TYPE, next_step=hint)
    if kind.input_kind is None or not _may_be_taken(kind):
        raise UnsupportedMedia(f"{label_of(kind.mime_type)} files are not supported.", next_step=hint)
    return kind.input_kind


def _may_be_taken(kind: Kind) -> bool:
    return kind.mime_type in _ALL_TYPES or kind in SOUND_ONLY


def _not_found() -> NotFound:
    return NotFound("This upload does not exist or has expired.", next_step="Upload the file again.")


def _stem(upload_id: str, owner: str) -> str:
    return f"{upload_id}-{hashlib.sha256(owner.encode()).hexdigest()[:32]}"


def _age_s(path: Path) -> float:
    return time.time() - path.lstat().st_mtime
