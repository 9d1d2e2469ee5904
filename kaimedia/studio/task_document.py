"""A task as data for programs: REST, webhooks and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kaimedia.domain import Task
from kaimedia.studio.task_texts import note_text

_SAME = (
    *("task_id", "model", "provider", "provider_task_id", "status", "phase", "progress", "note_code"),
    *("error_code", "may_have_cost", "hold_code", "credits_estimated", "credits_actual", "retry_of", "batch_id"),
    *("imported_at", "created_at", "updated_at", "completed_at"),
)


def task_document(task: Task, result_urls: Sequence[str]) -> dict[str, Any]:
    """Every field of a task in the REST API by name; enums and times as they are."""
    return {
        **{name: getattr(task, name) for name in _SAME},
        "type": task.modality,
        "prompt": task.request.prompt,
        "note": note_text(task),
        "media_ids": list(task.media_ids),
        "result_urls": list(result_urls),
        "error": task.error_message,
    }
