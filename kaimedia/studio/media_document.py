"""A gallery item as data for programs: REST and the command line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import Any, Protocol

from kaimedia.domain import Condition, Media

FILE_MISSING = "The file is no longer in the media storage: it was removed, or the disk was erased."

_SAME = (
    *("id", "task_id", "status", "prompt", "model", "provider", "aspect_ratio", "mime_type", "condition"),
    *("width_px", "height_px", "size_bytes", "sha256", "variant", "is_favorite"),
    *("created_at", "completed_at", "deleted_at"),
)
_VALUES = attrgetter(*_SAME)


class MediaUrl(Protocol):
    """Makes the URL of a stored file from its name; None if there is none."""

    def __call__(self, name: str | None, *, download: bool = False) -> str | None: ...


def media_document(
    item: Media, tags: Iterable[str], url_of: MediaUrl, fetchable_until: datetime | None = None
) -> dict[str, Any]:
    """Every field of an item in the REST API by name; enums and times as they are."""
    has_file = item.condition is not Condition.MISSING
    return {
        **dict(zip(_SAME, _VALUES(item), strict=True)),
        "type": item.media_type,
        "duration": item.duration_s,
        "url": url_of(item.filename) if has_file else None,
        "thumbnail_url": url_of(item.thumbnail_path) if has_file else None,
        "thumbnail_large_url": url_of(item.thumbnail_large_path) if has_file else None,
        "poster_url": url_of(item.poster_path) if has_file else None,
        "download_url": url_of(item.filename, download=True) if has_file else None,
        "fetchable_until": fetchable_until,
        "tags": list(tags),
        "params": dict(item.params),
        "reference_media_id": item.parent_id,
        "error": item.error_message if has_file else FILE_MISSING,
    }
