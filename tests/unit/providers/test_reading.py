"""Cases beyond the tables: fuzzed replies, unknown states in the log, market field names."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaimedia.domain import GenerationRequest, Reference, Role
from kaimedia.errors import ProviderError
from kaimedia.models import catalogue
from kaimedia.models.inputs import InputSlot
from kaimedia.models.spec import ModelSpec
from kaimedia.models.wire_fields import Source, WireField
from kaimedia.providers.base import TaskState
from kaimedia.providers.kie.families.codecs import codec_of
from kaimedia.providers.kie.parsing import envelope, reading
from kaimedia.providers.kie.parsing.states import read_word
from tests.providers import KIE_MODELS

scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30))
FIELDS = """code msg data state status successFlag response resultJson resultUrls progress errorCode errorMessage
    failCode completeTime creditsConsumed videoInfo url taskId"""
names = st.sampled_from(FIELDS.split())
values = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=4))
)
replies = st.one_of(
    st.binary(max_size=200),
    st.dictionaries(names, values, max_size=6).map(lambda body: json.dumps(body).encode()),
    st.builds(lambda data: json.dumps({"code": 200, "data": data}).encode(), st.dictionaries(names, values)),
)
models = st.sampled_from(KIE_MODELS)


@given(models, st.sampled_from([200, 302, 401, 404, 429, 500, 502]), replies)
def test_no_reply_breaks_the_parser(spec: ModelSpec, http_status: int, body: bytes) -> None:
    report = codec_of(spec).parse(envelope.read(http_status, body), spec)
    assert (report.state is TaskState.COMPLETED) == bool(report.result_urls)
    assert (
        (report.state is TaskState.FAILED)
        == (report.fault is not None)
        == (report.state is TaskState.FAILED and bool(report.message))
    )
    assert report.progress is None or 0 <= report.progress <= 1


@given(st.sampled_from([200, 302, 400, 401, 408, 429, 500, 502]), replies)
def test_every_create_reply_is_an_id_or_a_typed_error(http_status: int, body: bytes) -> None:
    try:
        assert envelope.accepted_id(envelope.read(http_status, body))
    except ProviderError as error:
        assert error.message and error.next_step


def test_an_unknown_word_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    for _ in range(3):
        assert read_word("Marinating") is None
    assert caplog.text.count("Marinating") == 1


def parsed(data: Any) -> Any:
    return envelope.read(200, json.dumps({"code": 200, "msg": "success", "data": data}).encode())


@pytest.mark.parametrize(
    ("record", "credits"),
    [
        ({"creditsConsumed": 6.0}, 6.0),
        ({"consumeCredits": 42}, 42.0),
        ({"credits_consumed": "42.5"}, 42.5),
        ({"creditsConsumed": None, "consumeCredits": 5}, 5.0),
        ({"creditsConsumed": 0}, 0.0),
        ({"creditsConsumed": -1}, None),
        ({"creditsConsumed": True}, None),
        ({"creditsConsumed": "many"}, None),
        ({}, None),
    ],
)
def test_credits(record: dict[str, Any], credits: float | None) -> None:
    assert reading.credits_of(record) == credits


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"errorMessage": "A", "failMsg": "B"}, "A"),
        ({"errorMessage": "", "failMsg": "B"}, "B"),
        ({"failReason": "C"}, "C"),
        ({"msg": "D"}, "D"),
        ({"errorCode": 501}, "code 501"),
        ({"failCode": "422"}, "code 422"),
        ({"failCode": "", "errorCode": None}, "code 200"),
        (None, "code 200"),
    ],
)
def test_error_text(data: Any, text: str) -> None:
    found = parsed(data)
    assert reading.error_text(found, reading.record_of(found)) == text


def test_long_words_are_cut() -> None:
    report = codec_of(catalogue.get("veo3")).parse(
        parsed({"successFlag": 2, "errorMessage": "x" * 5000}), catalogue.get("veo3")
    )
    assert len(report.message or "") < 400


def test_market_spellings() -> None:
    spec = replace(
        catalogue.get("kling-2.5-turbo"),
        wire=(
            WireField("prompt", Source.PROMPT, "string"),
            WireField("first_frame_url", Source.INPUTS, "string", roles=(Role.FIRST_FRAME,)),
            WireField("ratio", Source.ASPECT_RATIO, "string", values={"16:9": "16:9"}),
            WireField("duration", Source.DURATION, "integer", values={5: 5}),
        ),
        params=(),
        modes=(),
        remote_name="wan/2-7-text-to-video",
        inputs=(InputSlot(Role.FIRST_FRAME, "First frame"),),
    )
    request = GenerationRequest("x", "A fox", "16:9", duration_s=5)
    build = codec_of(spec).build
    assert build(spec, request, (), None).json == {
        "model": "wan/2-7-text-to-video",
        "input": {"prompt": "A fox", "ratio": "16:9", "duration": 5},
    }
    first = (Reference(url="https://x.example/a.png", role=Role.FIRST_FRAME),)
    with_picture = build(spec, replace(request, duration_s=None, references=first), ("https://x.example/a.png",), None)
    assert with_picture.json == {
        "model": "wan/2-7-text-to-video",
        "input": {"prompt": "A fox", "first_frame_url": "https://x.example/a.png", "ratio": "16:9"},
    }
