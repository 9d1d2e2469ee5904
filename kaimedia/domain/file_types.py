"""Media types of files: one spelling for each, and what people call them."""

from __future__ import annotations

from collections.abc import Iterable

# Other spellings in use, by providers and browsers.
_SPELLINGS = {
    "image/jpg": "image/jpeg",
    "audio/mp3": "audio/mpeg",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/m4a": "audio/mp4",
    "audio/x-m4a": "audio/mp4",
    "audio/x-aac": "audio/aac",
    "audio/x-flac": "audio/flac",
}
_LABELS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/webp": "WebP",
    "image/gif": "GIF",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
    "video/mp4": "MP4",
    "video/quicktime": "MOV",
    "video/webm": "WebM",
    "video/x-matroska": "MKV",
    "audio/mpeg": "MP3",
    "audio/wav": "WAV",
    "audio/mp4": "M4A",
    "audio/aac": "AAC",
    "audio/ogg": "OGG",
    "audio/flac": "FLAC",
    "audio/x-ms-wma": "WMA",
}


def canonical(types: Iterable[str]) -> tuple[str, ...]:
    """The types in the spelling used here, each once."""
    return tuple(dict.fromkeys(_SPELLINGS.get(each, each) for each in types))


def label_of(mime_type: str) -> str:
    """What people call files of a type: "MP4"."""
    return _LABELS.get(mime_type, mime_type)


def listed(types: Iterable[str]) -> str:
    """ "PNG, JPEG or WebP"."""
    labels = [label_of(each) for each in types]
    return " or ".join(filter(None, [", ".join(labels[:-1]), labels[-1]]))


def megabytes(size_bytes: int) -> str:
    """A limit as people write it, in units of a million bytes if it is a whole number of them: "10 MB", "1.5 MB"."""
    unit_bytes = 1_000_000 if size_bytes % 1_000_000 == 0 else 1024**2
    return f"{size_bytes / unit_bytes:.1f}".removesuffix(".0") + " MB"
