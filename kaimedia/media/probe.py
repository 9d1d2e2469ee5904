"""What a file is, by its bytes: type, pixels, seconds. Names and claims of the sender count for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filetype
from filetype.types import image as image_types
from filetype.types import video as video_types

from kaimedia.domain import Modality
from kaimedia.errors import UnsupportedMedia
from kaimedia.media import picture as pictures

HEAD_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A type we keep. `ext` is without a dot."""

    mime_type: str
    ext: str
    modality: Modality


@dataclass(frozen=True, slots=True)
class PictureSize:
    """Pixels as shown, EXIF turns counted."""

    width_px: int
    height_px: int


_KEPT: tuple[tuple[Any, Sniffed], ...] = (
    (image_types.Png(), Sniffed("image/png", "png", Modality.IMAGE)),
    (image_types.Jpeg(), Sniffed("image/jpeg", "jpg", Modality.IMAGE)),
    (image_types.Webp(), Sniffed("image/webp", "webp", Modality.IMAGE)),
    (image_types.Gif(), Sniffed("image/gif", "gif", Modality.IMAGE)),
    (video_types.Mov(), Sniffed("video/quicktime", "mov", Modality.VIDEO)),
    (video_types.Mp4(), Sniffed("video/mp4", "mp4", Modality.VIDEO)),
    (video_types.Webm(), Sniffed("video/webm", "webm", Modality.VIDEO)),
)
_MATCHERS = tuple(matcher for matcher, _ in _KEPT)
_BY_MIME = {sniffed.mime_type: sniffed for _, sniffed in _KEPT}
# still pictures in the MP4 container; some name the general brand as well
_PICTURE_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis", b"crx "})
# the matchers are content with less than the whole signature
_FULL_SIGNATURES = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}


def sniff(path: Path) -> Sniffed:
    """The type of a file.

    Raises:
        UnsupportedMedia: none of PNG, JPEG, WebP, GIF, MP4, WebM, MOV; says what it looks like instead.
    """
    with path.open("rb") as file:
        return sniff_bytes(file.read(HEAD_BYTES))


def sniff_bytes(head: bytes) -> Sniffed:
    """The same for the first 8 KB of a file."""
    match = filetype.match(head, matchers=_MATCHERS) if head else None
    if match is None or not _is_sure(head, match.mime):
        raise UnsupportedMedia(f"The file is {described(head)}, not a picture or clip of a type we keep.")
    return _BY_MIME[match.mime]


def described(head: bytes) -> str:
    """What bytes look like, in words for a sentence."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return "a web page"
    if text.startswith(b"<svg") or (text.startswith(b"<?xml") and b"<svg" in text):
        return "an SVG drawing"
    if text.startswith((b"{", b"[")):
        return "JSON text"
    if text.startswith(b"%pdf"):
        return "a PDF"
    if head.startswith(b"PK\x03\x04"):
        return "an archive"
    return "something else" if head else "empty"


def measure_image(path: Path) -> PictureSize:
    """Pixels of a picture; decodes it once, for a cut file shows only there.

    Raises:
        UnsupportedMedia: not a picture we read, or damaged or cut short.
        TooLarge: over 50 megapixels (WebP: 25); not decoded then.
    """
    with pictures.decoding(), pictures.opened(path) as picture:
        size = pictures.shown_size(picture)
        picture.load()
        return PictureSize(*size)


def _is_sure(head: bytes, mime_type: str) -> bool:
    if mime_type == "video/mp4" and head[8:12] in _PICTURE_BRANDS:
        return False
    return head.startswith(_FULL_SIGNATURES.get(mime_type, (b"",)))
