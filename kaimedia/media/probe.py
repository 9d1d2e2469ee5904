"""Detect a file's type and size in pixels from its bytes; its name and the sender's claims are ignored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kaimedia.errors import UnsupportedMedia
from kaimedia.media import image as images
from kaimedia.media import kinds
from kaimedia.media.kinds import Kind
from kaimedia.media.signatures import HEAD_BYTES, kind_of, kind_of_bytes

_MEDIA = frozenset(kinds.MEDIA)
_PAGES = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script")


@dataclass(frozen=True, slots=True)
class ImageSize:
    """Size in pixels as displayed, with the EXIF orientation applied."""

    width_px: int
    height_px: int


def sniff(path: Path) -> Kind:
    """The kind of an image or video.

    Raises:
        UnsupportedMedia: it is neither; the message says what it looks like instead.
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
    """The kind of a file that is not media but may be a result; None for a server's error message.

    Web pages, JSON, XML and short plain text count as error messages.
    """
    with path.open("rb") as file:
        kind = kind_of(file)
        file.seek(0)
        head = file.read(HEAD_BYTES)
    description = described(head)
    if description == "an SVG drawing":
        return kinds.SVG
    if description in ("a web page", "JSON text", "XML text", "empty") or _is_plain_text(head):
        return None
    return kind or kinds.UNKNOWN


def described(head: bytes) -> str:
    """What the bytes look like, as a phrase for error messages."""
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


def measure_image(path: Path) -> ImageSize:
    """Size of an image; decodes it once, since only that reveals a truncated file.

    Raises:
        UnsupportedMedia: not a supported image, or damaged or truncated.
        TooLarge: over 50 megapixels (WebP: 25); then it is not decoded.
    """
    with images.decoding(), images.opened(path) as image:
        size = images.shown_size(image)
        image.load()
        return ImageSize(*size)


def _is_plain_text(head: bytes) -> bool:
    try:
        text = head[: HEAD_BYTES - 4].decode()
    except UnicodeDecodeError:
        return False
    return text.isprintable() or all(char.isprintable() or char in "\t\r\n\f" for char in text)
