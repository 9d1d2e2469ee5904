"""Reference images: checked, converted where a model needs it, kept under the hash of their bytes."""

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
from kaimedia.media import picture as pictures
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
_NO_PICTURE = "This is not a picture."
_NOT_TAKEN = "This type of picture is not taken."
_LINK_SENTENCE = "This link isn’t an image we can reach."


class ReferenceShelf:
    """Reference images in a folder of their own, never served; the same bytes give the same name.

    `storage` is where `from_media` looks names up. `allowed_mimes` are a model's types; PNG, JPEG and WebP
    are converted among each other when theirs is not among them.
    """

    def __init__(self, folder: Path, storage: Storage | None = None) -> None:
        self._folder = folder.absolute()
        self._incoming = self._folder / INCOMING
        self._storage = storage

    def add(self, data: bytes, *, allowed_mimes: Iterable[str], max_bytes: int) -> Reference:
        """Check and keep an uploaded image.

        Raises:
            TooLarge: over `max_bytes`, or too many pixels.
            UnsupportedMedia: another type, or damaged.
            StorageFull: no room left.
        """
        allowed = _allowed(allowed_mimes)
        if len(data) > max_bytes:
            raise TooLarge(_too_large(len(data)), next_step=wish(allowed, max_bytes))
        temp = self._new_temp()
        try:
            with disk_errors():
                temp.write_bytes(data)
            return self._keep(temp, allowed, max_bytes)
        finally:
            temp.unlink(missing_ok=True)

    def fetch(
        self, url: str, *, allowed_mimes: Iterable[str], max_bytes: int, trusted_hosts: Iterable[str] = ()
    ) -> Reference:
        """Download, check and keep an image behind a pasted link.

        Raises:
            UnsafePath, ResultExpired, FetchFailed: it cannot be reached (only the last may be tried again).
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
            return self._keep(temp, allowed, max_bytes)
        except TooLarge as error:
            raise TooLarge(error.message, next_step=wish(allowed, max_bytes)) from error
        except (UnsafePath, ResultExpired, FetchFailed) as error:
            raise type(error)(_LINK_SENTENCE, next_step=f"{error.message} Use another link, or upload it.") from error
        finally:
            temp.unlink(missing_ok=True)

    def from_media(self, source: str | Path, *, allowed_mimes: Iterable[str], max_bytes: int) -> Reference:
        """A kept picture (its name in the storage, or a path) as reference; one that is too big becomes a JPEG.

        Raises:
            ResultExpired: the file is not there any more.
            UnsupportedMedia: not a picture.
            TooLarge: too big even as a JPEG, or too many pixels.
        """
        allowed = _allowed(allowed_mimes)
        path = self._media_path(source)
        if sniff(path).modality is not Modality.IMAGE:
            raise UnsupportedMedia(_NO_PICTURE, next_step=wish(allowed, max_bytes))
        return self._keep(path, allowed, max_bytes, may_shrink=True)

    def path(self, reference: Reference) -> Path:
        """Where the stored file of a reference is.

        Raises:
            UnsafePath: the reference is a link, or its name is not ours.
            ResultExpired: the file is gone.
        """
        name = reference.filename or ""
        if not REFERENCE_NAME.fullmatch(name):
            raise UnsafePath("This is not the name of a reference image.", next_step="Choose the image again.")
        path = self._folder / name
        if path.is_symlink() or not path.is_file():
            raise ResultExpired("The reference image is no longer on this disk.", next_step="Choose the image again.")
        return path

    def mime_type(self, reference: Reference) -> str:
        """The content type of a stored reference."""
        return mime_of(self.path(reference).name)

    def thumbnail(self, reference: Reference) -> bytes:
        """A small WebP (longest side 256 px) for the preview."""
        path = self.path(reference)
        with pictures.decoding(), pictures.opened(path) as picture:
            return _encoded(pictures.preview(picture, THUMBNAIL_PX), "WEBP", quality=80)

    def _keep(self, source: Path, allowed: tuple[str, ...], max_bytes: int, *, may_shrink: bool = False) -> Reference:
        hint = wish(allowed, max_bytes)
        mime_type = _type_of(source, hint)
        size_bytes = source.stat().st_size
        fits = size_bytes <= max_bytes or not may_shrink
        if mime_type in allowed and fits:
            measure_image(source)
            data = source.read_bytes()
        elif mime_type in CONVERTIBLE:
            mime_type, data = _converted(source, allowed, max_bytes, hint)
        else:
            raise UnsupportedMedia(_NOT_TAKEN, next_step=hint)
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
            raise UnsafePath("Without a storage no names can be looked up.", next_step="Choose a file.")
        if path is None:
            raise ResultExpired("This picture is no longer in the media folder.", next_step="Choose another image.")
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


def taken_type(source: Path, allowed: tuple[str, ...], hint: str) -> str:
    """The type of an image by its bytes; `hint` tells a person which ones are taken.

    Raises:
        UnsupportedMedia: it is none of `allowed`.
    """
    mime_type = _type_of(source, hint)
    if mime_type not in allowed:
        raise UnsupportedMedia(_NOT_TAKEN, next_step=hint)
    return mime_type


def _type_of(source: Path, hint: str) -> str:
    try:
        return sniff(source).mime_type
    except UnsupportedMedia as error:
        raise UnsupportedMedia(error.message, next_step=hint) from error


def wish(allowed: tuple[str, ...], max_bytes: int) -> str:
    """What would be welcome: "Use a PNG, JPEG or WebP up to 10 MB." """
    labels = [_LABELS.get(mime, mime) for mime in allowed]
    types = " or ".join(filter(None, [", ".join(labels[:-1]), labels[-1]]))
    unit_bytes = 1_000_000 if max_bytes % 1_000_000 == 0 else 1024**2
    size = f"{max_bytes / unit_bytes:.1f}".removesuffix(".0")
    return f"Use a {types} up to {size} MB."


def _too_large(size_bytes: int) -> str:
    return f"This picture has {size_bytes / 1_000_000:.1f} MB, more than is taken."


def _converted(source: Path, allowed: tuple[str, ...], max_bytes: int, hint: str) -> tuple[str, bytes]:
    """Type and bytes after conversion: lossless where it fits, else JPEG; upright."""
    with pictures.decoding(), pictures.opened(source) as picture:
        orientation = pictures.orientation_of(picture)
        pixels = pictures.upright(pictures.true_color(picture), orientation)
        profile = picture.info.get("icc_profile") if picture.mode in ("RGB", "RGBA") else None
        for mime_type in ("image/png", "image/jpeg", "image/webp"):
            if mime_type in allowed:
                data = _in_type(pixels, mime_type, profile)
                if len(data) <= max_bytes:
                    return mime_type, data
    if CONVERTIBLE.isdisjoint(allowed):
        raise UnsupportedMedia(_NOT_TAKEN, next_step=hint)
    raise TooLarge(_too_large(source.stat().st_size), next_step=hint)


def _in_type(pixels: Image.Image, mime_type: str, profile: bytes | None) -> bytes:
    if mime_type == "image/png":
        return _encoded(pixels, "PNG", icc_profile=profile)
    if mime_type == "image/webp":
        return _encoded(pixels, "WEBP", quality=JPEG_QUALITY, icc_profile=profile)
    if pixels.mode == "RGBA":
        ground = Image.new("RGBA", pixels.size, "white")
        pixels = Image.alpha_composite(ground, pixels).convert("RGB")
    return _encoded(pixels, "JPEG", quality=JPEG_QUALITY, icc_profile=profile)


def _encoded(pixels: Image.Image, image_format: str, **options: object) -> bytes:
    out = io.BytesIO()
    pixels.save(out, image_format, **options)
    return out.getvalue()
