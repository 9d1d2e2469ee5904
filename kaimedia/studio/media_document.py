"""A gallery item as data for programs: REST and the command line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from kaimedia.domain import Condition, Media

FILE_MISSING = "The file is no longer in the media storage: it was removed, or the disk was erased."


class MediaUrl(Protocol):
    """Makes the URL of a stored file from its name; None if there is none."""

    def __call__(self, name: str | None, *, download: bool = False) -> str | None: ...


def media_document(
    item: Media, tags: Iterable[str], url_of: MediaUrl, fetchable_until: datetime | None = None
) -> dict[str, Any]:
    """Every field of an item in the REST API by name and in its order; enums and times as they are."""
    has_file = item.condition is not Condition.MISSING
    return {
        "id": item.id,
        "task_id": item.task_id,
        "type": item.media_type,
        "status": item.status,
        "prompt": item.prompt,
        "model": item.model,
        "provider": item.provider,
        "aspect_ratio": item.aspect_ratio,
        "duration": item.duration_s,
        "url": url_of(item.filename) if has_file else None,
        "thumbnail_url": url_of(item.thumbnail_path) if has_file else None,
        "thumbnail_large_url": url_of(item.thumbnail_large_path) if has_file else None,
        "poster_url": url_of(item.poster_path) if has_file else None,
        "download_url": url_of(item.filename, download=True) if has_file else None,
        "mime_type": item.mime_type,
        "condition": item.condition,
        "fetchable_until": fetchable_until,
        "width_px": item.width_px,
        "height_px": item.height_px,
        "size_bytes": item.size_bytes,
        "sha256": item.sha256,
        "variant": item.variant,
        "is_favorite": item.is_favorite,
        "tags": list(tags),
        "params": dict(item.params),
        "reference_media_id": item.parent_id,
        "error": item.error_message if has_file else FILE_MISSING,
        "created_at": item.created_at,
        "completed_at": item.completed_at,
        "deleted_at": item.deleted_at,
    }
