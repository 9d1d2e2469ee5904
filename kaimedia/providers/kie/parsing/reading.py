"""Parse one poll reply; the order of the checks copes with every variant seen on the wire.

Source: docs.kie.ai, record pages of all families, state of 2026-10.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kaimedia.domain import ErrorCode, Modality
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.base import Report, TaskState
from kaimedia.providers.http.redaction import quote
from kaimedia.providers.kie.parsing import rejections
from kaimedia.providers.kie.parsing.envelope import Envelope, whole_number
from kaimedia.providers.kie.parsing.links import holds_unreadable_result, result_links
from kaimedia.providers.kie.parsing.progress import fraction, read_number
from kaimedia.providers.kie.parsing.states import Signals, resolve, signals

_TASK_FIELDS = ("taskId", "task_id", "recordId", "successFlag", "state", "resultJson")
_ERROR_TEXTS = ("errorMessage", "failMsg", "failReason", "msg")
_CREDITS = ("creditsConsumed", "consumeCredits", "credits_consumed")
_TRANSIENT_CODES = frozenset({429, 430, 455})
_FINAL_5XX = frozenset({501, 505, 531})


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a family's record has its state, and how it writes progress."""

    state_fields: tuple[str, ...]
    flag: str = "successFlag"
    progress: Callable[[Any], float | None] = fraction


def read_report(envelope: Envelope, spec: ModelSpec, shape: Shape) -> Report:
    """Normalize one poll reply. Never raises: an unreadable reply is a transient error, not a failed task."""
    return read_record(envelope, shape, is_video=spec.modality is Modality.VIDEO)


def read_record(envelope: Envelope, shape: Shape, *, is_video: bool) -> Report:
    """The same for a task whose model is not known."""
    if not envelope.is_json:
        summary = f"kie.ai responded with a web page instead of JSON (HTTP {envelope.http_status})."
        message = rejections.sentence(summary, envelope.text_excerpt)
        return Report(TaskState.PROCESSING, message=message, is_transient=True)
    record = record_of(envelope)
    seen = signals(record, shape.state_fields, shape.flag, has_error_text=_record_text(record) is not None)
    if TaskState.FAILED in seen.states or TaskState.COMPLETED in seen.states:
        return _of_record(envelope, record, shape, seen, is_video=is_video)
    if envelope.effective_code == 200 or (envelope.effective_code == 505 and seen.are_recognized):
        return _of_record(envelope, record, shape, seen, is_video=is_video)
    return _of_code(envelope)


def record_of(envelope: Envelope) -> Mapping[str, Any]:
    """The task's record: `data`, also if it is JSON text, or the root if the fields are there; else empty."""
    data = envelope.data
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except (ValueError, RecursionError):
            data = None
    if not envelope.has_data and any(name in envelope.root for name in _TASK_FIELDS):
        data = envelope.root
    return data if isinstance(data, Mapping) else {}


def mismatched_task_id(envelope: Envelope, provider_task_id: str) -> str | None:
    """The task id in a record if it is not the requested one; None if it matches or the record has no id."""
    record = record_of(envelope)
    found = [str(record[name]).strip() for name in ("taskId", "task_id") if record.get(name)]
    return None if not found or provider_task_id in found else quote(found[0])


def error_reason(envelope: Envelope, record: Mapping[str, Any]) -> str | None:
    """The provider's reason for a failure: the record's, else the envelope's unless that is "success"."""
    reason = _record_text(record)
    if reason is None and envelope.message.lower() != "success":
        reason = envelope.message or None
    return reason


def error_text(envelope: Envelope, record: Mapping[str, Any]) -> str:
    """The provider's reason, or `code <n>` if it gave none."""
    return error_reason(envelope, record) or f"code {error_code(envelope, record)}"


def error_code(envelope: Envelope, record: Mapping[str, Any]) -> int:
    """The record's own error code, else the envelope's. An empty, 0 or 200 code in the record is not an error."""
    for name in ("errorCode", "failCode"):
        code = whole_number(record.get(name))
        if code not in (None, 0, 200):
            return code
    return envelope.effective_code


def credits_of(record: Mapping[str, Any]) -> float | None:
    """The task's cost in credits, if the record has it."""
    for name in _CREDITS:
        cost = read_number(record.get(name))
        if cost is not None and cost >= 0:
            return cost
    return None


def _of_record(envelope: Envelope, record: Mapping[str, Any], shape: Shape, seen: Signals, *, is_video: bool) -> Report:
    # Looked for only in a record of success: the search goes through all of it, at every poll.
    urls = result_links(record, is_video=is_video) if TaskState.COMPLETED in seen.states else ()
    state = resolve(seen.states, has_links=bool(urls))
    has_failed = state is TaskState.FAILED
    code = error_code(envelope, record)
    reason = error_reason(envelope, record) if has_failed else None
    fault = rejections.fault(code, reason or "") if has_failed else None
    if fault is ErrorCode.BAD_KEY:  # our key just read this record, so it works
        fault = ErrorCode.PROVIDER_FAILED
    lacks_result = bool(seen.states) and all(known is TaskState.COMPLETED for known in seen.states) and not urls
    return Report(
        state,
        # A failed record always has "0.00", which means nothing.
        progress=None if has_failed else shape.progress(record.get("progress")),
        result_urls=urls if state is TaskState.COMPLETED else (),
        message=None if fault is None else rejections.failure_message(fault, reason, code),
        fault=fault,
        provider_state=seen.shown,
        provider_code=code if has_failed and code != 200 else None,
        credits=credits_of(record),
        is_running=state is TaskState.PROCESSING and (seen.is_running or TaskState.COMPLETED in seen.states),
        is_transient=not record,
        is_empty=not record,
        is_recorded=bool(seen.states),
        lacks_result=lacks_result,
        has_unreadable_result=lacks_result and holds_unreadable_result(record),
        completed_at=None if state is TaskState.PROCESSING else read_time(record.get("completeTime")),
    )


def _of_code(envelope: Envelope) -> Report:
    """The report of a reply without the task's state, decided by its text and code."""
    record = record_of(envelope)
    code, text = envelope.effective_code, error_text(envelope, record)
    if rejections.says_still_working(text):
        return Report(TaskState.PROCESSING, message=text, provider_code=code, is_running=True)
    if code == 404 or (code == 422 and rejections.says_missing(text)):
        return Report(TaskState.PROCESSING, message=text, provider_code=code, is_missing=True)
    is_rejection = 400 <= code < 500 and code not in _TRANSIENT_CODES
    if (is_rejection and not rejections.says_rate_limited(text)) or code in _FINAL_5XX:
        fault = rejections.fault(code, text)
        message = rejections.failure_message(fault, error_reason(envelope, record), code)
        is_key_limit = code == rejections.KEY_LIMIT
        return Report(TaskState.FAILED, message=message, fault=fault, is_key_limit=is_key_limit, provider_code=code)
    return Report(TaskState.PROCESSING, message=text, provider_code=code, is_transient=True)


def _record_text(record: Mapping[str, Any]) -> str | None:
    for name in _ERROR_TEXTS:
        value = record.get(name)
        if isinstance(value, str) and value.strip() and value.strip().lower() != "success":
            return quote(value)
    return None


_SMALLEST_MS = 10**11  # smaller numbers are seconds
_END_MS = 253_402_300_800_000  # the year 10000, which `datetime` does not have


def read_time(value: Any) -> datetime | None:
    """Read epoch seconds, epoch milliseconds, ISO 8601 or `YYYY-MM-DD HH:MM:SS`.

    The provider documents no time zone for the plain text form; UTC is assumed. Unreadable, empty and 0 return None.
    """
    if isinstance(value, str):
        return _of_text(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _END_MS:
        return None
    seconds = value if value < _SMALLEST_MS else value / 1000
    return datetime.fromtimestamp(seconds, UTC)


def _of_text(text: str) -> datetime | None:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if math.isfinite(number):
        return read_time(number)
    try:
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):  # also the first or last day there is, in another time zone
        return None
