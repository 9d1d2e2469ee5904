"""Compares every stored file with the database, for benchmarks that kill processes."""

from __future__ import annotations

import hashlib
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from kaimedia.context import AppContext
from kaimedia.domain.integrity import TrackedFiles
from kaimedia.errors import MediaError


def wrong_files(context: AppContext) -> int:
    """Files of the gallery that are missing, half, or not those of their rows; thumbnails that cannot be shown."""
    files = [each for chunk in context.stores.media_files.tracked() for each in chunk]
    return sum(_wrong(context, each) for each in files)


def unknown_files(context: AppContext) -> int:
    """Stored files that no row refers to: of results that were saved and then forgotten."""
    return len(set(context.storage.files()) - context.stores.media_files.names())


def _wrong(context: AppContext, item: TrackedFiles) -> int:
    content = _content(context, item.filename)
    is_right = hashlib.sha256(content).hexdigest() == item.sha256 and len(content) == item.size_bytes
    return (not is_right) + sum(not _is_image(_content(context, name)) for name in item.derived)


def _content(context: AppContext, name: str) -> bytes:
    try:
        with context.storage.open(name) as file:
            return file.read()
    except MediaError:
        return b""


def _is_image(content: bytes) -> bool:
    try:
        with Image.open(BytesIO(content)) as image:
            image.load()
    except (UnidentifiedImageError, OSError):
        return False
    return True
