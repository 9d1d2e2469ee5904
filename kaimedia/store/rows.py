"""Convert rows to domain values and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from enum import Enum
from operator import itemgetter
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlmodel import Session

from kaimedia.domain import (
    Condition,
    ErrorCode,
    GenerationRequest,
    HoldCode,
    InputKind,
    Media,
    Modality,
    NoteCode,
    Phase,
    Reference,
    Role,
    Status,
    Task,
)
from kaimedia.store.tables import MEDIA, TASKS

# Fields a `TaskChange` may set. The status follows from the phase; the others identify the task.
CHANGEABLE = frozenset(field.name for field in fields(Task)) & frozenset(TASKS.c.keys()) - {
    "task_id",
    "status",
    "created_at",
    "updated_at",
}
_HOLD_CODES = {code.value: code for code in HoldCode}
_NOTE_CODES = {code.value: code for code in NoteCode}
_ERROR_CODES = {code.value: code for code in ErrorCode}
_PHASES = {phase.value: phase for phase in Phase}
_NEAREST_PHASE = {
    Status.PENDING: Phase.PREPARING,
    Status.PROCESSING: Phase.GENERATING,
    Status.COMPLETED: Phase.DONE,
    Status.FAILED: Phase.FAILED,
}
_SAME_IN_TASK = (
    "task_id",
    "progress",
    "created_at",
    "updated_at",
    "provider_task_id",
    "is_id_unproven",
    "error_message",
    "note",
    "note_wait_s",
    "may_have_cost",
    "credits_estimated",
    "credits_actual",
    "attempts",
    "extra_results",
    "shared_provider_task_id",
    "sent_at",
    "accepted_at",
    "provider_done_at",
    "completed_at",
    "dismissed_at",
    "due_at",
    "retry_of",
    "batch_id",
    "imported_at",
    "model",
)
_NO_FILE: Mapping[str, Any] = {
    **dict.fromkeys(("filename", "thumbnail_path", "thumbnail_large_path", "poster_path", "sha256")),
    "condition": Condition.OK.value,
}
_MODALITIES = {modality.value: modality for modality in Modality}
_STATUSES = {status.value: status for status in Status}
_CONDITIONS = {condition.value: condition for condition in Condition}
_MEDIA_NAMES = tuple("duration" if field.name == "duration_s" else field.name for field in fields(Media))
_MEDIA_VALUES = itemgetter(*_MEDIA_NAMES)
_MEDIA_ENUMS: tuple[tuple[int, Mapping[str, Any]], ...] = tuple(
    (_MEDIA_NAMES.index(name), converted)
    for name, converted in (("media_type", _MODALITIES), ("status", _STATUSES), ("condition", _CONDITIONS))
)


def column_value(value: Any) -> Any:
    """A field of the read model as its column stores it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, GenerationRequest):
        return request_json(value)
    return list(value) if isinstance(value, tuple) else value


def request_json(request: GenerationRequest) -> dict[str, Any]:
    """The frozen inputs as JSON; `reference` is the first of the references, for a process of an earlier version."""
    first = asdict(request.references[0]) if request.references else None
    return asdict(request) | {"params": dict(request.params), "reference": first}


def request_from(stored: Mapping[str, Any], modality: Modality = Modality.IMAGE) -> GenerationRequest:
    """The frozen inputs; rows from external scripts may lack some, and those of earlier versions have one reference."""
    first_role = Role.FIRST_FRAME if modality is Modality.VIDEO else Role.REFERENCE
    return GenerationRequest(
        model=stored.get("model", ""),
        prompt=stored.get("prompt", ""),
        aspect_ratio=stored.get("aspect_ratio", ""),
        variants=stored.get("variants", 1),
        duration_s=stored.get("duration_s"),
        enhance=stored.get("enhance", False),
        references=_references_from(stored, first_role),
        params=stored.get("params") or {},
    )


def _references_from(stored: Mapping[str, Any], first_role: Role) -> tuple[Reference, ...]:
    if (several := stored.get("references")) is not None:
        return tuple(_reference_from(each, None) for each in several)
    single = stored.get("reference")
    return (_reference_from(single, first_role),) if single else ()


def _reference_from(stored: Mapping[str, Any], default_role: Role | None) -> Reference:
    role = stored.get("role")
    return Reference(
        filename=stored.get("filename"),
        url=stored.get("url"),
        media_id=stored.get("media_id"),
        role=Role(role) if role else default_role,
        kind=InputKind(stored.get("kind") or InputKind.IMAGE),
        mime_type=stored.get("mime_type"),
        size_bytes=stored.get("size_bytes"),
        duration_s=stored.get("duration_s"),
    )


def _reference_urls(stored: Mapping[Any, Any]) -> tuple[str | None, ...]:
    """The uploaded references; tasks of earlier versions have one link in a column of its own."""
    if stored["reference_urls"]:
        return tuple(stored["reference_urls"])
    return (stored["reference_url"],) if stored["reference_url"] else ()


def task_from(row: Row[Any], media_ids: tuple[int, ...]) -> Task:
    """The read model of one row of `tasks`."""
    return task_from_columns(row._mapping, media_ids)


def task_from_columns(stored: Mapping[Any, Any], media_ids: tuple[int, ...]) -> Task:
    """The same, from the values of its columns."""
    return Task(
        modality=Modality(stored["modality"]),
        provider=stored["provider"],
        request=request_from(stored["request"], Modality(stored["modality"])),
        status=Status(stored["status"]),
        phase=_phase(stored),
        media_ids=media_ids,
        note_code=_note_code(stored),
        error_code=_error_code(stored),
        hold_code=_hold_code(stored),
        result_urls=tuple(stored["result_urls"]),
        reference_urls=_reference_urls(stored),
        findings=stored["findings"] or {},
        nonce=stored["nonce"] or "",
        **{name: stored[name] for name in _SAME_IN_TASK},
    )


def _phase(stored: Mapping[Any, Any]) -> Phase:
    """Of a newer version's phase, the nearest by the public status, to be shown; only that version claims it."""
    return _PHASES.get(stored["phase"], _NEAREST_PHASE[Status(stored["status"])])


def _error_code(stored: Mapping[Any, Any]) -> ErrorCode | None:
    """The message says what a newer version's code means."""
    return _ERROR_CODES.get(stored["error_code"], ErrorCode.PROVIDER_FAILED) if stored["error_code"] else None


def _hold_code(stored: Mapping[Any, Any]) -> HoldCode | None:
    """A code that is not known here was written by a newer version; such a task is not sent either."""
    if stored["hold_code"]:
        return _HOLD_CODES.get(stored["hold_code"], HoldCode.COPY)
    return HoldCode.PAUSED if stored["is_paused"] and stored["status"] == Status.PENDING.value else None


def _note_code(stored: Mapping[Any, Any]) -> NoteCode | None:
    """None too where an older version cleared the note, or a newer one wrote a code that is not known here."""
    return None if stored["note"] is None else _NOTE_CODES.get(stored["note_code"])


def media_from(row: Row[Any]) -> Media:
    """The read model of one row of `media`."""
    return media_from_columns(row._mapping)


def media_from_columns(stored: Mapping[Any, Any]) -> Media:
    """The same, from the values of its columns.

    An item whose file is fetched again has none, though its row has the names.
    """
    if stored["awaits_file"] and stored["status"] != Status.COMPLETED.value:
        stored = {**stored, **_NO_FILE}
    values = list(_MEDIA_VALUES(stored))
    for place, converted in _MEDIA_ENUMS:
        values[place] = converted[values[place]]
    return Media(*values)


def load_tasks(session: Session, statement: Select[Any]) -> list[Task]:
    """Run a select of whole `tasks` rows and load their media ids."""
    return tasks_from(session, session.execute(statement).all())


def tasks_from(session: Session, found: Sequence[Row[Any]]) -> list[Task]:
    """The read models of whole `tasks` rows, with their media ids."""
    media_ids = media_ids_of(session, [row.task_id for row in found])
    return [task_from(row, tuple(media_ids[row.task_id])) for row in found]


_MEDIA_IDS = (
    select(MEDIA.c.task_id, MEDIA.c.id)
    .where(MEDIA.c.task_id.in_(bindparam("task_ids", expanding=True)), MEDIA.c.deleted_at.is_(None))
    .order_by(MEDIA.c.variant, MEDIA.c.id)
)


def media_ids_of(session: Session, task_ids: Collection[str]) -> Mapping[str, list[int]]:
    """The ids of tasks' media that are not deleted, in variant order."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    if task_ids:
        for task_id, media_id in session.execute(_MEDIA_IDS, {"task_ids": list(task_ids)}):
            found[task_id].append(media_id)
    return found
