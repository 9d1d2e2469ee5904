"""A Veo video in 1080p or 4K: two endpoints that start the work and, called again, return the result.

Source: docs.kie.ai, Veo 3.1 API (1080P and 4K), state of 2026-10. The pages do not say whether the 4K reply names a
task of its own, so both are read. Calling again is how the pages tell to wait; it does not start another one.
"""

from __future__ import annotations

from dataclasses import replace

from kaimedia.domain import ErrorCode, GenerationRequest
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.base import Report, TaskState
from kaimedia.providers.kie.families import veo
from kaimedia.providers.kie.parsing import rejections
from kaimedia.providers.kie.parsing.envelope import Envelope, accepted_id
from kaimedia.providers.kie.parsing.links import result_links
from kaimedia.providers.kie.parsing.reading import error_text, record_of
from kaimedia.providers.kie.wire import Call

_1080P = "/1080p"  # after the source's id: the upgrade has no id of its own
_4K = "/4k"
_PATHS = {_1080P: "/api/v1/veo/get-1080p-video", _4K: "/api/v1/veo/get-4k-video"}
_ENDINGS = {"veo/get-1080p-video": _1080P, "veo/get-4k-video": _4K}


def build(
    spec: ModelSpec, request: GenerationRequest, reference_urls: tuple[str, ...], callback_url: str | None
) -> Call:
    """The call that starts the work, which is charged; in 1080p it has no body and no callback."""
    ending = _ENDINGS[spec.remote_name]
    call = _call(str(request.params["task_id"]), ending)
    if callback_url and call.json is not None:
        return replace(call, json={**call.json, "callBackUrl": callback_url})
    return call


def accept(envelope: Envelope, spec: ModelSpec, request: GenerationRequest) -> str:
    """The id to query: that of the upgrade's own task where the reply has one, else made from the source's id.

    Raises:
        ProviderError: as `accepted_id`.
    """
    source = str(request.params["task_id"])
    ending = _ENDINGS[spec.remote_name]
    record = record_of(envelope)
    if result_links(record, is_video=True):
        return source + ending  # made before; only the same call returns the links for sure
    if not _is_started(envelope):
        return accepted_id(envelope, label=spec.label)
    own = record.get("taskId")
    return own if isinstance(own, str) and own and own != source else source + ending


def query(provider_task_id: str) -> Call:
    """The call that polls: the record of an upgrade with a task of its own, else the same call again."""
    for ending in _PATHS:
        if provider_task_id.endswith(ending):
            return _call(provider_task_id.removesuffix(ending), ending)
    return veo.query(provider_task_id)


def parse(envelope: Envelope, spec: ModelSpec) -> Report:
    """Parse one reply. A link means done, with any code; "is processing" comes with code 400 or 422."""
    report = veo.parse(envelope, spec)
    record = record_of(envelope)
    has_failed = report.state is TaskState.FAILED and report.is_recorded
    links = result_links(record, is_video=True)
    if links and not has_failed:
        return Report(TaskState.COMPLETED, result_urls=links, credits=report.credits, is_recorded=True)
    text = error_text(envelope, record)
    if envelope.is_json and envelope.effective_code != 200 and rejections.says_no_version(text):
        code, fault = envelope.effective_code, ErrorCode.PROVIDER_FAILED
        message = rejections.failure_message(fault, text, code)
        return Report(TaskState.FAILED, message=message, fault=fault, provider_code=code, is_recorded=True)
    return report


def _call(source: str, ending: str) -> Call:
    if ending == _1080P:
        return Call("GET", _PATHS[ending], query={"taskId": source, "index": "0"})
    return Call("POST", _PATHS[ending], json={"taskId": source, "index": 0})


def _is_started(envelope: Envelope) -> bool:
    """True when the reply means that the work has begun, or had begun before."""
    if not envelope.is_json or envelope.http_status not in (200, 400, 422):
        return False
    return envelope.effective_code == 200 or rejections.says_still_working(envelope.message)
