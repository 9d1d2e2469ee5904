"""What a file is, by its bytes: type, pixels. Names and claims of the sender count for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kaimedia.errors import UnsupportedMedia
from kaimedia.media import kinds
from kaimedia.media import picture as pictures
from kaimedia.media.kinds import Kind
from kaimedia.media.signatures import HEAD_BYTES, kind_of, kind_of_bytes

_MEDIA = frozenset(kinds.MEDIA)
_PAGES = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script")


@dataclass(frozen=True, slots=True)
class PictureSize:
    """Pixels as shown, EXIF turns counted."""

    width_px: int
    height_px: int


def sniff(path: Path) -> Kind:
    """The kind of an image or video.

    Raises:
        UnsupportedMedia: neither; says what it looks like instead.
    """
    with path.open("rb") as file:
        kind = kind_of(file)
        if kind not in _MEDIA or kind is None:
            file.seek(0)
            raise UnsupportedMedia(f"The file is {described(file.read(HEAD_BYTES))}, not an image or video.")
        return kind


def sniff_bytes(head: bytes) -> Kind:
    """The same for the first 8 KB of a file."""
    kind = kind_of_bytes(head)
    if kind not in _MEDIA or kind is None:
        raise UnsupportedMedia(f"The file is {described(head)}, not an image or video.")
    return kind


def is_media(head: bytes) -> bool:
    """Whether the first bytes of a file are those of an image or video."""
    return kind_of_bytes(head) in _MEDIA


def kind_of_other(path: Path) -> Kind | None:
    """The kind of a file that is no media but may be a result; None for what a server sends when it fails.

    Pages, JSON and XML are such messages, and so is a short plain text.
    """
    with path.open("rb") as file:
        kind = kind_of(file)
        file.seek(0)
        head = file.read(HEAD_BYTES)
    looks = described(head)
    if looks == "an SVG drawing":
        return kinds.SVG
    if looks in ("a web page", "JSON text", "XML text", "empty") or _is_plain_text(head):
        return None
    return kind or kinds.UNKNOWN


def described(head: bytes) -> str:
    """What bytes look like, in words for a sentence."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    if text.startswith(_PAGES) or (text.startswith((b"<!--", b"<?xml")) and b"<html" in text):
        return "a web page"
    if text.startswith(b"<svg") or (text.startswith(b"<?xml") and b"<svg" in text):
        return "an SVG drawing"
    if text.startswith((b"<?xml", b"<error")):
        return "XML text"
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


def _is_plain_text(head: bytes) -> bool:
    try:
        text = head[: HEAD_BYTES - 4].decode()
    except UnicodeDecodeError:
        return False
    return text.isprintable() or all(sign.isprintable() or sign in "\t\r\n\f" for sign in text)
