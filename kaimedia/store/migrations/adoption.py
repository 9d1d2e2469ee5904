"""Convert rows of the first three tables for migration 0002. No I/O; frozen with that migration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

NEEDED = {
    "media": {"id", "media_type", "prompt", "model", "status"},
    "tasks": {"id", "media_id", "task_id", "status"},
    "settings": {"id"},
}
UNDER_WAY = "This task was running when the database was migrated; its outcome is unknown."
ENCRYPTED_PREFIX = "gAAAA"  # of a Fernet ciphertext
_SETTINGS = (
    "default_image_model",
    "default_video_model",
    "default_image_aspect_ratio",
    "default_video_aspect_ratio",
    "default_variant_count",
    "default_video_duration",
)

Values = Mapping[str, Any]


def moment(value: object) -> datetime | None:
    """A stored time as an aware UTC datetime, from a datetime, ISO text or seconds since 1970; None if invalid."""
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        parsed = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def _settled(status: object) -> str:
    """Unfinished tasks become failed: it is unknown what was sent and paid for."""
    return "completed" if status == "completed" else "failed"


def media_rows(rows: Iterator[Values], task_of: Mapping[int, str], now: datetime) -> Iterator[dict[str, Any]]:
    """Media rows for migration 0002, with a variant number among the results of their task.

    `task_of` has the task ids of media that have none of their own.
    """
    variants: dict[str, int] = {}
    for row in rows:
        task_id = str(row.get("task_id") or task_of.get(row["id"]) or uuid4().hex)
        variant = variants[task_id] = variants.get(task_id, -1) + 1
        status = _settled(row.get("status"))
        yield {
            "id": row["id"],
            "media_type": "video" if row.get("media_type") == "video" else "image",
            "prompt": row.get("prompt") or "",
            "model": row.get("model") or "",
            "aspect_ratio": row.get("aspect_ratio") or "",
            "task_id": task_id,
            "variant": variant,
            "filename": row.get("filename") or None,
            "file_path": row.get("file_path") or None,
            "thumbnail_path": row.get("thumbnail_path") or None,
            "duration": None if row.get("duration") is None else round(float(row["duration"])),
            "status": status,
            "error_message": row.get("error_message") or (UNDER_WAY if status != row.get("status") else None),
            "created_at": moment(row.get("created_at")) or now,
            "completed_at": moment(row.get("completed_at")),
        }


def task_rows(rows: Iterator[Values], media: Mapping[int, Values], now: datetime) -> Iterator[dict[str, Any]]:
    """Task rows for migration 0002, with inputs taken from their media.

    Tasks without media are skipped (deleting media deletes its task). Unfinished tasks get an unknown outcome:
    the user may enter the provider's task id, or dismiss them.
    """
    seen: set[str] = set()
    for row in rows:
        item = media.get(row["media_id"])
        if item is None:
            continue
        task_id = str(row.get("task_id") or item["task_id"])
        if task_id in seen:
            task_id = uuid4().hex
        seen.add(task_id)
        status = _settled(row.get("status"))
        unknown = status != row.get("status")
        created_at = moment(row.get("created_at")) or now
        yield {
            "id": row["id"],
            "media_id": row["media_id"],
            "task_id": task_id,
            "status": status,
            "phase": "done" if status == "completed" else "failed",
            "progress": row.get("progress"),
            "created_at": created_at,
            "updated_at": moment(row.get("updated_at")) or created_at,
            "completed_at": item["completed_at"] if status == "completed" else None,
            "dismissed_at": None if unknown or status == "completed" else now,
            "modality": item["media_type"],
            "model": item["model"],
            "request": {
                "model": item["model"],
                "prompt": item["prompt"],
                "aspect_ratio": item["aspect_ratio"],
                "duration_s": item["duration"],
            },
            "error_code": "outcome_unknown" if unknown else "provider_failed" if status == "failed" else None,
            "error_message": UNDER_WAY if unknown else item["error_message"],
            "may_have_cost": unknown,
        }


def settings_row(rows: Iterator[Values], now: datetime) -> dict[str, Any]:
    """The single row of settings. An unencrypted key is dropped and must be entered again."""
    row = next((row for row in rows if row["id"] == 1), {})
    key = row.get("api_key")
    found = {name: row[name] for name in _SETTINGS if row.get(name) is not None}
    created_at = moment(row.get("created_at")) or now
    return found | {
        "id": 1,
        "api_key": key if isinstance(key, str) and key.startswith(ENCRYPTED_PREFIX) else None,
        "created_at": created_at,
        "updated_at": moment(row.get("updated_at")) or created_at,
    }
