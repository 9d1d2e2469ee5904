"""The records of tasks that this app may not have sent: what was made, with what, and for how much.

Source: docs.kie.ai, record pages of all families, state of 2026-10.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from kaimedia.domain import Modality
from kaimedia.errors import InvalidRequest, UnexpectedResponse
from kaimedia.providers.base import FoundTask
from kaimedia.providers.kie.families import gpt4o, market, runway, veo
from kaimedia.providers.kie.http.transport import Transport
from kaimedia.providers.kie.parsing import rejections
from kaimedia.providers.kie.parsing.envelope import Envelope
from kaimedia.providers.kie.parsing.links import result_links
from kaimedia.providers.kie.parsing.reading import Shape, mismatched_task_id, read_record, read_time, record_of

_VIDEO_SUFFIXES = frozenset({".mp4", ".mov", ".webm", ".mkv"})
_INPUTS = ("param", "paramJson", "generateParam")
_MADE = ("createTime", "generateTime")
_CALLBACK = "callBackUrl"
_MAX_CHARS = 200


@dataclass(frozen=True, slots=True)
class RecordKind:
    """One record route. `modality` is None where it depends on the model, `model_name` where the record says it."""

    label: str
    path: str
    shape: Shape
    modality: Modality | None
    model_name: str = ""


# Most tasks are of the jobs API. An unknown id costs one free read for each route.
KINDS: Mapping[str, RecordKind] = {
    "market": RecordKind("Jobs API (most models)", market.query("").path, market.SHAPE, None),
    "veo": RecordKind("Veo 3.1", veo.query("").path, veo.SHAPE, Modality.VIDEO),
    "gpt4o": RecordKind("GPT-4o Image", gpt4o.query("").path, gpt4o.SHAPE, Modality.IMAGE, "gpt4o-image"),
    "runway": RecordKind("Runway", runway.query("").path, runway.SHAPE, Modality.VIDEO, "runway"),
    "aleph": RecordKind(
        "Runway Aleph", "/api/v1/aleph/record-info", Shape(state_fields=("state",)), Modality.VIDEO, "runway-aleph"
    ),
    "flux_kontext": RecordKind(
        "Flux Kontext", "/api/v1/flux/kontext/record-info", Shape(state_fields=("state",)), Modality.IMAGE
    ),
}


def find(transport: Transport, family: str, provider_task_id: str) -> FoundTask | None:
    """Request one record, once or, after a transient error, a few times; as `FindsTasks.find_task`."""
    kind = KINDS.get(family)
    if kind is None:
        raise InvalidRequest(f"There is no kind of record “{family[:80]}”.", field="family")
    envelope = transport.get(kind.path, {"taskId": provider_task_id})
    other = mismatched_task_id(envelope, provider_task_id)
    if other is not None:
        raise UnexpectedResponse(f"kie.ai returned the record of another task ({other}).")
    record = record_of(envelope)
    modality = kind.modality or _modality(record)
    report = read_record(envelope, kind.shape, is_video=modality is Modality.VIDEO)
    if report.is_missing or report.is_empty:
        return None
    if not report.is_recorded:
        raise _no_record(envelope, report.message)
    if report.message is not None:
        report = replace(report, message=transport.redact(report.message))
    return _found(kind, family, record, FoundTask(report, family, modality))


def _no_record(envelope: Envelope, message: str | None) -> Exception:
    if envelope.is_json and envelope.effective_code != 200:
        return rejections.read_rejection(
            envelope.effective_code, message or envelope.message, retry_after_s=envelope.retry_after_s
        )
    return UnexpectedResponse("kie.ai’s reply is not the record of a task.")


def _found(kind: RecordKind, family: str, record: Mapping[str, Any], found: FoundTask) -> FoundTask:
    outer = next((given for name in _INPUTS if (given := _object(record.get(name)))), {})
    inner = _object(outer.get("input")) if family == "market" else outer
    names = (record.get("model"), outer.get("model"), kind.model_name)
    given = {str(key): value for key, value in inner.items() if key not in ("prompt", "model", _CALLBACK)}
    return replace(
        found,
        model_name=next((name[:_MAX_CHARS] for name in names if isinstance(name, str) and name), ""),
        prompt=prompt if isinstance(prompt := inner.get("prompt"), str) else "",
        fields=given,
        callback_url=url if isinstance(url := outer.get(_CALLBACK) or inner.get(_CALLBACK), str) else "",
        created_at=next((made for name in _MADE if (made := read_time(record.get(name)))), None),
    )


def _modality(record: Mapping[str, Any]) -> Modality:
    """By the type of the file that a video would have; the bytes decide once it is saved."""
    suffixes = {_suffix(link) for link in result_links(record, is_video=True)}
    return Modality.VIDEO if suffixes & _VIDEO_SUFFIXES else Modality.IMAGE


def _suffix(link: str) -> str:
    try:
        return PurePosixPath(urlsplit(link).path).suffix.lower()
    except ValueError:  # no valid host
        return ""


def _object(value: Any) -> Mapping[str, Any]:
    """An object, also one encoded as JSON text, once or twice; empty for anything else."""
    for _ in range(2):
        if not isinstance(value, str):
            break
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, Mapping) else {}
