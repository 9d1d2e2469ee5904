"""Reference images: checked, converted if the model requires it, stored under the hash of their bytes."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from PIL import Image

from kaimedia.domain import Modality, Reference
from kaimedia.errors import FetchFailed, ResultExpired, TooLarge, UnsafePath, UnsupportedMedia
from kaimedia.media import image as images
from kaimedia.media.durable import disk_errors, move_into_place
from kaimedia.media.fetch import fetch
from kaimedia.media.names import MIME_TYPES, REFERENCE_NAME, mime_of
from kaimedia.media.probe import measure_image, sniff
from kaimedia.media.storage import Storage

INCOMING = ".incoming"
STALE_TEMP_S = 3600.0
FETCH_TOTAL_S = 60.0
FETCH_READ_S = 15.0
THUMBNAIL_PX = 256
JPEG_QUALITY = 92
CONVERTIBLE = frozenset({"image/png", "image/jpeg", "image/webp"})
_LABELS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WebP", "image/gif": "GIF"}
_NOT_AN_IMAGE = "This is not an image."
_UNSUPPORTED_TYPE = "This image type is not supported."
_BAD_LINK = "We can’t load an image from this link."


class ReferenceStore:
    """Reference images in a separate folder that is never served; the same bytes give the same name.

    `storage` is where `from_media` finds files by name. `allowed_mimes` are the types a model accepts; PNG, JPEG
    and WebP are converted to another of these when their own type is not accepted.
    """

    def __init__(self, folder: Path, storage: Storage | None = None) -> None:
        self._folder = folder.absolute()
        self._incoming = self._folder / INCOMING
        self._storage = storage

    def add(self, data: bytes, *, allowed_mimes: Iterable[str], max_bytes: int) -> Reference:
        """Check and store an uploaded image.

        Raises:
            TooLarge: over `max_bytes`, or too many pixels.
            UnsupportedMedia: another type, or damaged.
            StorageFull: no space left.
        """
        allowed = _allowed(allowed_mimes)
        if len(data) > max_bytes:
            raise TooLarge(_too_large(len(data)), next_step=format_hint(allowed, max_bytes))
        temp = self._new_temp()
        try:
            with disk_errors():
                temp.write_bytes(data)
            return self._add_checked(temp, allowed, max_bytes)
        finally:
            temp.unlink(missing_ok=True)

    def fetch(
        self, url: str, *, allowed_mimes: Iterable[str], max_bytes: int, trusted_hosts: Iterable[str] = ()
    ) -> Reference:
        """Download, check and store the image behind a pasted link.

        Raises:
            UnsafePath, ResultExpired, FetchFailed: it cannot be fetched (only the last may be retried).
            TooLarge, UnsupportedMedia, StorageFull: as in `add`.
        """
        allowed = _allowed(allowed_mimes)
        temp = self._new_temp()
        try:
            fetch(
                url,
                temp,
                max_bytes=max_bytes,
                trusted_hosts=trusted_hosts,
                read_timeout_s=FETCH_READ_S,
                total_timeout_s=FETCH_TOTAL_S,
            )
            return self._add_checked(temp, allowed, max_bytes)
        except TooLarge as error:
            raise TooLarge(error.message, next_step=format_hint(allowed, max_bytes)) from error
        except (UnsafePath, ResultExpired, FetchFailed) as error:
            raise type(error)(_BAD_LINK, next_step=f"{error.message} Use another link, or upload it.") from error
        finally:
            temp.unlink(missing_ok=True)

    def from_media(self, source: str | Path, *, allowed_mimes: Iterable[str], max_bytes: int) -> Reference:
        """Use a saved image (its name in the storage, or a path) as reference; a JPEG is made if it is too big.

        Raises:
            ResultExpired: the file no longer exists.
            UnsupportedMedia: not an image.
            TooLarge: too big even as a JPEG, or too many pixels.
        """
        allowed = _allowed(allowed_mimes)
        path = self._media_path(source)
        if sniff(path).modality is not Modality.IMAGE:
            raise UnsupportedMedia(_NOT_AN_IMAGE, next_step=format_hint(allowed, max_bytes))
        return self._add_checked(path, allowed, max_bytes, may_shrink=True)

    def path(self, reference: Reference) -> Path:
        """The path of a stored reference.

        Raises:
            UnsafePath: the reference is a link, or its name is not ours.
            ResultExpired: the file is missing.
        """
        name = reference.filename or ""
        if not REFERENCE_NAME.fullmatch(name):
            raise UnsafePath("This is not the name of a reference image.", next_step="Choose the image again.")
        path = self._folder / name
        if path.is_symlink() or not path.is_file():
            raise ResultExpired("The reference image is no longer on this disk.", next_step="Choose the image again.")
        return path

    def mime_type(self, reference: Reference) -> str:
        """The MIME type of a stored reference."""
        return mime_of(self.path(reference).name)

    def thumbnail(self, reference: Reference) -> bytes:
        """A small WebP (longest side 256 px) for the preview."""
        path = self.path(reference)
        with images.decoding(), images.opened(path) as image:
            return _encoded(images.preview(image, THUMBNAIL_PX), "WEBP", quality=80)

    def _add_checked(
        self, source: Path, allowed: tuple[str, ...], max_bytes: int, *, may_shrink: bool = False
    ) -> Reference:
        hint = format_hint(allowed, max_bytes)
        mime_type = _type_of(source, hint)
        size_bytes = source.stat().st_size
        fits = size_bytes <= max_bytes or not may_shrink
        if mime_type in allowed and fits:
            measure_image(source)
            data = source.read_bytes()
        elif mime_type in CONVERTIBLE:
            mime_type, data = _converted(source, allowed, max_bytes, hint)
        else:
            raise UnsupportedMedia(_UNSUPPORTED_TYPE, next_step=hint)
        return self._store(data, mime_type)

    def _store(self, data: bytes, mime_type: str) -> Reference:
        ext = next(ext for ext, mime in MIME_TYPES.items() if mime == mime_type)
        name = f"{hashlib.sha256(data).hexdigest()}.{ext}"
        target = self._folder / name
        if not target.is_file() or target.is_symlink():
            temp = self._new_temp()
            try:
                with disk_errors():
                    temp.write_bytes(data)
                move_into_place(temp, target, mode=0o600)
            finally:
                temp.unlink(missing_ok=True)
        return Reference(filename=name)

    def _media_path(self, source: str | Path) -> Path:
        if isinstance(source, Path):
            path: Path | None = source if source.is_file() else None
        elif self._storage is not None:
            path = self._storage.path(source)
        else:
            raise UnsafePath("Names cannot be resolved without a storage.", next_step="Choose a file.")
        if path is None:
            raise ResultExpired("This image is no longer in the media folder.", next_step="Choose another image.")
        return path

    @staticmethod
    def _make_private(folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "posix" and folder.stat().st_mode & 0o077:  # made by an earlier version
            folder.chmod(0o700)

    def _new_temp(self) -> Path:
        with disk_errors():
            self._make_private(self._folder)
            self._make_private(self._incoming)
            oldest = time.time() - STALE_TEMP_S
            for stale in self._incoming.iterdir():
                with suppress(FileNotFoundError):
                    if stale.lstat().st_mtime < oldest:
                        stale.unlink()
            temp = self._incoming / secrets.token_hex(16)
            temp.touch(mode=0o600, exist_ok=False)
        return temp


def _allowed(mimes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys("image/jpeg" if mime == "image/jpg" else mime for mime in mimes))


def supported_type(source: Path, allowed: tuple[str, ...], hint: str) -> str:
    """The type of an image by its bytes; `hint` names the supported types in the error.

    Raises:
        UnsupportedMedia: it is not one of `allowed`.
    """
    mime_type = _type_of(source, hint)
    if mime_type not in allowed:
        raise UnsupportedMedia(_UNSUPPORTED_TYPE, next_step=hint)
    return mime_type


def _type_of(source: Path, hint: str) -> str:
    try:
        return sniff(source).mime_type
    except UnsupportedMedia as error:
        raise UnsupportedMedia(error.message, next_step=hint) from error


def format_hint(allowed: tuple[str, ...], max_bytes: int) -> str:
    """The hint for a rejected file: "Use a PNG, JPEG or WebP up to 10 MB." """
    labels = [_LABELS.get(mime, mime) for mime in allowed]
    types = " or ".join(filter(None, [", ".join(labels[:-1]), labels[-1]]))
    unit_bytes = 1_000_000 if max_bytes % 1_000_000 == 0 else 1024**2
    size = f"{max_bytes / unit_bytes:.1f}".removesuffix(".0")
    return f"Use a {types} up to {size} MB."


def _too_large(size_bytes: int) -> str:
    return f"This image is too large ({size_bytes / 1_000_000:.1f} MB)."


def _converted(source: Path, allowed: tuple[str, ...], max_bytes: int, hint: str) -> tuple[str, bytes]:
    """Type and bytes after conversion: upright; lossless if that fits, else JPEG."""
    with images.decoding(), images.opened(source) as image:
        orientation = images.orientation_of(image)
        pixels = images.upright(images.true_color(image), orientation)
        profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA") else None
        for mime_type in ("image/png", "image/jpeg", "image/webp"):
            if mime_type in allowed:
                data = _in_type(pixels, mime_type, profile)
                if len(data) <= max_bytes:
                    return mime_type, data
    if CONVERTIBLE.isdisjoint(allowed):
        raise UnsupportedMedia(_UNSUPPORTED_TYPE, next_step=hint)
    raise TooLarge(_too_large(source.stat().st_size), next_step=hint)


def _in_type(pixels: Image.Image, mime_type: str, profile: bytes | None) -> bytes:
    if mime_type == "image/png":
        return _encoded(pixels, "PNG", icc_profile=profile)
    if mime_type == "image/webp":
        return _encoded(pixels, "WEBP", quality=JPEG_QUALITY, icc_profile=profile)
    if pixels.mode == "RGBA":
        background = Image.new("RGBA", pixels.size, "white")
        pixels = Image.alpha_composite(background, pixels).convert("RGB")
    return _encoded(pixels, "JPEG", quality=JPEG_QUALITY, icc_profile=profile)


def _encoded(pixels: Image.Image, image_format: str, **options: object) -> bytes:
    out = io.BytesIO()
    pixels.save(out, image_format, **options)
    return out.getvalue()
