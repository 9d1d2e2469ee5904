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
    "audio/vnd.dlna.adts": "audio/aac",
    "audio/x-flac": "audio/flac",
    "video/matroska": "video/x-matroska",
}
_EXTENSIONS = {
    "image/jpeg": ("jpg", "jpeg"),
    "image/tiff": ("tif", "tiff"),
    "video/quicktime": ("mov",),
    "video/x-matroska": ("mkv",),
    "audio/mpeg": ("mp3",),
    "audio/mp4": ("m4a",),
    "audio/x-ms-wma": ("wma",),
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
    """The types in the spelling used here, each once, the most usual first."""
    places = {mime_type: place for place, mime_type in enumerate(_LABELS)}
    found = dict.fromkeys(_SPELLINGS.get(each, each) for each in types)
    return tuple(sorted(found, key=lambda each: places.get(each, len(places))))


def spellings(types: Iterable[str]) -> tuple[str, ...]:
    """The types in every spelling that a browser may use."""
    wanted = tuple(types)
    return (*wanted, *(other for other, each in _SPELLINGS.items() if each in wanted))


def extensions(types: Iterable[str]) -> list[str]:
    """The usual endings of files of these types, without a dot."""
    return [ending for each in types for ending in _EXTENSIONS.get(each, (each.partition("/")[2],))]


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
