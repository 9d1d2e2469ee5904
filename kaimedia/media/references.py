"""Inputs of models: checked, images converted if the model requires it, stored under the hash of their bytes."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from kaimedia.domain import InputKind, Reference
from kaimedia.domain.file_types import canonical, label_of, listed, megabytes
from kaimedia.errors import FetchFailed, ResultExpired, TooLarge, UnsafePath, UnsupportedMedia
from kaimedia.media import image as images
from kaimedia.media.conversion import CONVERTIBLE, UNSUPPORTED_TYPE, converted, encoded, too_large
from kaimedia.media.durable import disk_errors, move_into_place
from kaimedia.media.fetch import fetch
from kaimedia.media.input_file import InputFile, kind_of_input, read_input
from kaimedia.media.input_folder import InputFolder
from kaimedia.media.names import MIME_TYPES, REFERENCE_NAME, mime_of
from kaimedia.media.probe import measure_image
from kaimedia.media.storage import Files
from kaimedia.media.video import take_last_frame

FETCH_TOTAL_S = 60.0
FETCH_READ_S = 15.0
FETCH_SLOWEST_BYTES_PER_S = 500_000.0  # large files may take longer, at no less than this rate
THUMBNAIL_PX = 256
POSTER = "_poster.webp"  # after the hash of a video
_SPELLED_OUT = ("MP", "MOV", "MKV", "M4A", "AAC", "OGG")  # begin with a vowel when read out
_WHAT = {InputKind.IMAGE: "image", InputKind.VIDEO: "video", InputKind.AUDIO: "sound file"}


class ReferenceStore:
    """Inputs in a separate folder that is never served, and `stored` in a bucket; the same bytes give the same name.

    `kind` and `allowed_mimes` are what a model accepts. PNG, JPEG
    and WebP images are converted to another of these when their own type is not accepted; nothing else is converted.
    """

    def __init__(self, folder: Path, stored: Files | None = None) -> None:
        self._folder = InputFolder(folder, stored)

    def add(
        self, data: bytes, *, allowed_mimes: Iterable[str], max_bytes: int, kind: InputKind = InputKind.IMAGE
    ) -> Reference:
        """Check and store an uploaded file.

        Raises:
            TooLarge: over `max_bytes`, or too many pixels.
            UnsupportedMedia: another type, or damaged.
            StorageFull: no space left.
        """
        allowed = canonical(allowed_mimes)
        if len(data) > max_bytes:
            raise TooLarge(too_large(len(data), _WHAT[kind]), next_step=format_hint(allowed, max_bytes))
        temp = self._folder.new_temp()
        try:
            with disk_errors():
                temp.write_bytes(data)
            return self._add_checked(temp, kind, allowed, max_bytes)
        finally:
            temp.unlink(missing_ok=True)

    def fetch(
        self,
        url: str,
        *,
        allowed_mimes: Iterable[str],
        max_bytes: int,
        trusted_hosts: Iterable[str] = (),
        kind: InputKind = InputKind.IMAGE,
    ) -> Reference:
        """Download, check and store the file behind a pasted link.

        Raises:
            UnsafePath, ResultExpired, FetchFailed: it cannot be fetched (only the last may be retried).
            TooLarge, UnsupportedMedia, StorageFull: as in `add`.
        """
        allowed = canonical(allowed_mimes)
        temp = self._folder.new_temp()
        try:
            fetch(
                url,
                temp,
                max_bytes=max_bytes,
                trusted_hosts=trusted_hosts,
                read_timeout_s=FETCH_READ_S,
                total_timeout_s=FETCH_TOTAL_S,
                slowest_bytes_per_s=FETCH_SLOWEST_BYTES_PER_S,
            )
            return self._add_checked(temp, kind, allowed, max_bytes)
        except TooLarge as error:
            raise TooLarge(error.message, next_step=format_hint(allowed, max_bytes)) from error
        except (UnsafePath, ResultExpired, FetchFailed) as error:
            message = f"We can’t load {kind.with_article} from this link."
            raise type(error)(message, next_step=f"{error.message} Use another link, or upload it.") from error
        finally:
            temp.unlink(missing_ok=True)

    def from_media(
        self, source: Path, *, allowed_mimes: Iterable[str], max_bytes: int, kind: InputKind = InputKind.IMAGE
    ) -> Reference:
        """Use a saved file; of an image that is too big, a JPEG is made.

        Raises:
            UnsupportedMedia: another type, or damaged.
            TooLarge: too big (an image: even as a JPEG), or too many pixels.
        """
        return self._add_checked(source, kind, canonical(allowed_mimes), max_bytes, may_shrink=True)

    def last_frame(self, video: Path, *, allowed_mimes: Iterable[str], max_bytes: int) -> Reference:
        """Store the last frame of a saved video.

        Raises:
            UnsupportedMedia: no frame can be read.
            TooLarge: too big even as a JPEG, or too many pixels.
        """
        temp = self._folder.new_temp()
        try:
            if not take_last_frame(video, temp):
                raise UnsupportedMedia("No frame can be read from this video.")
            return self._add_checked(temp, InputKind.IMAGE, canonical(allowed_mimes), max_bytes, may_shrink=True)
        finally:
            temp.unlink(missing_ok=True)

    def path(self, reference: Reference) -> Path:
        """The path of a stored reference.

        Raises:
            UnsafePath: the reference is a link, or its name is not ours.
            ResultExpired: the file is missing.
            StorageUnavailable: it is only in the bucket, which does not respond.
        """
        name = reference.filename or ""
        if not REFERENCE_NAME.fullmatch(name):
            raise UnsafePath("This is not the name of a stored input.", next_step="Choose the file again.")
        try:
            return self._folder.path(name)
        except ResultExpired as error:
            what = _WHAT[reference.kind]
            raise ResultExpired(
                f"The reference {what} is no longer stored.", next_step=f"Choose the {what} again."
            ) from error

    def copy_to_storage(self, within_s: float) -> bool:
        """See `InputFolder.copy_to_storage`."""
        return self._folder.copy_to_storage(within_s)

    def mime_type(self, reference: Reference) -> str:
        """The MIME type of a stored reference."""
        return mime_of(self.path(reference).name)

    def thumbnail(self, reference: Reference) -> bytes:
        """A small WebP (longest side 256 px) for the preview; of a video, of a frame; of sound, empty."""
        path = self.path(reference)
        if reference.kind is InputKind.AUDIO:
            return b""
        if reference.kind is InputKind.VIDEO:
            path = self._poster_of(path)
        with images.decoding(), images.opened(path) as image:
            return encoded(images.preview(image, THUMBNAIL_PX), "WEBP", quality=80)

    def _poster_of(self, video: Path) -> Path:
        """The frame stored beside a video; made again where it is missing."""
        poster = self._folder.poster_of(video.name, POSTER)
        if not poster.is_file() or poster.is_symlink():
            temp = self._folder.new_temp()
            try:
                read_input(video, temp)
                move_into_place(temp, poster, mode=0o600)
            finally:
                temp.unlink(missing_ok=True)
        return poster

    def _add_checked(
        self, source: Path, kind: InputKind, allowed: tuple[str, ...], max_bytes: int, *, may_shrink: bool = False
    ) -> Reference:
        hint = format_hint(allowed, max_bytes)
        found = _kind_of(source, kind, hint)
        if kind is not InputKind.IMAGE:
            return self._add_unchanged(source, kind, allowed, max_bytes)
        fits = source.stat().st_size <= max_bytes or not may_shrink
        if found in allowed and fits:
            measure_image(source)
            mime_type, data = found, source.read_bytes()
        elif found in CONVERTIBLE:
            mime_type, data = converted(source, allowed, max_bytes, hint)
        else:
            raise UnsupportedMedia(UNSUPPORTED_TYPE, next_step=hint)
        temp = self._folder.new_temp()
        try:
            with disk_errors():
                temp.write_bytes(data)
            return Reference(filename=self._store(temp, mime_type))
        finally:
            temp.unlink(missing_ok=True)

    def _add_unchanged(self, source: Path, kind: InputKind, allowed: tuple[str, ...], max_bytes: int) -> Reference:
        """Check a video or a sound file by opening it, and store it as it is."""
        hint, size_bytes = format_hint(allowed, max_bytes), source.stat().st_size
        if size_bytes > max_bytes:
            raise TooLarge(too_large(size_bytes, _WHAT[kind]), next_step=hint)
        temp, poster = self._folder.new_temp(), self._folder.new_temp()
        try:
            found = _examined(source, poster, kind, allowed, hint)
            with disk_errors():
                shutil.copyfile(source, temp)
            name = self._store(temp, found.kind.mime_type)
            if kind is InputKind.VIDEO:
                move_into_place(poster, self._folder.poster_of(name, POSTER), mode=0o600)
        finally:
            temp.unlink(missing_ok=True)
            poster.unlink(missing_ok=True)
        mime_type = found.kind.mime_type
        return Reference(name, kind=kind, mime_type=mime_type, size_bytes=size_bytes, duration_s=found.duration_s)

    def _store(self, temp: Path, mime_type: str) -> str:
        """Move a file to the name that its bytes give it."""
        return self._folder.keep(temp, next(ext for ext, mime in MIME_TYPES.items() if mime == mime_type))


def _kind_of(source: Path, wanted: InputKind, hint: str) -> str:
    """The MIME type of a file by its first bytes; `hint` names the supported types in the error."""
    try:
        kind = kind_of_input(source)
    except UnsupportedMedia as error:
        raise UnsupportedMedia(error.message, next_step=hint) from error
    # A container may have a video track or only sound; that shows when it is opened.
    if wanted is InputKind.IMAGE and kind.input_kind is not wanted and kind.input_kind is not None:
        raise UnsupportedMedia(_another(kind.input_kind, wanted), next_step=hint)
    return kind.mime_type


def _examined(source: Path, poster: Path, wanted: InputKind, allowed: tuple[str, ...], hint: str) -> InputFile:
    """The facts of a file that is `wanted` and of a type that is allowed."""
    try:
        found = read_input(source, poster)
    except UnsupportedMedia as error:
        raise UnsupportedMedia(error.message, next_step=hint) from error
    if found.input_kind is not wanted:
        raise UnsupportedMedia(_another(found.input_kind, wanted), next_step=hint)
    if found.kind.mime_type not in allowed:
        label = label_of(found.kind.mime_type)
        raise UnsupportedMedia(f"{label} is not among the types this model takes.", next_step=hint)
    return found


def _another(given: InputKind, wanted: InputKind) -> str:
    return f"This is {given.with_article}, not {wanted.with_article}."


def format_hint(allowed: tuple[str, ...], max_bytes: int) -> str:
    """The hint for a rejected file: "Use a PNG, JPEG or WebP up to 10 MB." """
    types = listed(allowed)
    article = "an" if types.startswith(_SPELLED_OUT) else "a"
    return f"Use {article} {types} up to {megabytes(max_bytes)}."
