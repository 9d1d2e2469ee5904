"""Recordings: `build()` must make exactly the recorded request, the parser must read its response."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from kaimedia import errors
from kaimedia.domain import GenerationRequest, Reference, Role
from kaimedia.models import catalogue
from kaimedia.models.validation import validate
from kaimedia.providers.kie.families.codecs import FAMILIES, codec_of
from kaimedia.providers.kie.parsing import envelope
from kaimedia.providers.kie.wire import Call
from tests.providers import KIE_MODELS

FOLDER = Path(__file__).parents[2] / "recordings"
PATHS = [path for path in sorted(FOLDER.rglob("*")) if path.is_file() and path.parent.name != "tables"]
OF_KIND = {
    kind: [path for path in PATHS if json.loads(path.read_text("utf-8"))["kind"] == kind]
    for kind in ("create", "record")
}


def name_of(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def load(path: Path) -> dict[str, Any]:
    recording: dict[str, Any] = json.loads(path.read_text("utf-8"))
    source = recording["source"]
    assert source["page"].startswith("docs.kie.ai") and source["state_of"] and source["evidence"]
    assert path.parent.name == catalogue.get(recording["model"]).family
    return recording


def reply_of(recording: dict[str, Any]) -> envelope.Envelope:
    response = recording["response"]
    return envelope.read(response["http_status"], json.dumps(response["body"]).encode())


def test_no_recording_is_unused() -> None:
    assert sorted(OF_KIND["create"] + OF_KIND["record"]) == PATHS
    assert {path.parent.name for path in PATHS} == set(FAMILIES)


def test_every_wire_format_has_recordings() -> None:
    recorded = {load(path)["model"] for path in OF_KIND["create"]}
    assert recorded >= {spec.id for spec in KIE_MODELS[:6]}
    assert {catalogue.get(model).family for model in recorded} == set(FAMILIES)


@pytest.mark.parametrize("path", OF_KIND["create"], ids=name_of)
def test_create(path: Path) -> None:
    recording = load(path)
    spec = catalogue.get(recording["model"])
    urls = tuple(recording["reference_urls"])
    roles = recording.get("roles") or [None] * len(urls)
    references = tuple(Reference(url=url, role=role and Role(role)) for url, role in zip(urls, roles, strict=True))
    asked = GenerationRequest(model=spec.id, references=references, **recording["asked"])
    call = codec_of(spec).build(spec, validate(spec, asked), urls, recording["callback_url"])
    assert call == Call(**recording["request"])
    expect, accept = recording["expect"], codec_of(spec).accept
    if "task_id" in expect:
        assert accept(reply_of(recording), spec, asked) == expect["task_id"]
        return
    with pytest.raises(getattr(errors, expect["error"])) as caught:
        accept(reply_of(recording), spec, asked)
    assert recording["response"]["body"]["msg"] in caught.value.message


@pytest.mark.parametrize("path", OF_KIND["record"], ids=name_of)
def test_record(path: Path) -> None:
    recording = load(path)
    spec = catalogue.get(recording["model"])
    codec = codec_of(spec)
    provider_task_id = recording.get("provider_task_id") or recording["request"]["query"]["taskId"]
    assert codec.query(provider_task_id) == Call(**recording["request"])
    report = codec.parse(reply_of(recording), spec)
    expect = dict(recording["expect"])
    if "completed_at" in expect:
        expect["completed_at"] = datetime.fromisoformat(expect["completed_at"])
    expect["result_urls"] = tuple(expect.get("result_urls", ()))
    assert {name: getattr(report, name) for name in expect} == expect
