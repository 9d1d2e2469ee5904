"""The key never appears in errors, their causes, logs or reports."""

from __future__ import annotations

import json
import logging
import traceback
from pathlib import Path

import pytest

from kaimedia.domain import GenerationRequest
from kaimedia.errors import ProviderError
from kaimedia.models.validation import validate
from kaimedia.providers.http.pacing import Pacing
from kaimedia.providers.kie.client import KieClient
from kaimedia.providers.kie.http.retries import RetryPlan
from kaimedia.providers.kie.http.transport import Transport
from tests.contract.providers.loopback import CANARY, Answer, Loopback, reply, reset
from tests.providers import KIE_MODELS

TELLTALE = f"the key {CANARY} (Authorization: Bearer {CANARY}) is not welcome"
LONG = "x" * 285 + CANARY  # the truncated text ends in the middle of the key
ANSWERS = {
    "refused": reply({"code": 401, "msg": TELLTALE}),
    "refused, 500": reply({"code": 500, "msg": TELLTALE, "data": None}),
    "refused, 422": reply({"code": 422, "msg": TELLTALE, "data": TELLTALE}),
    "record": reply({"code": 200, "data": {"state": "fail", "failMsg": TELLTALE, "successFlag": 3}}),
    "page": reply(f"<html>{TELLTALE}</html>", 502),
    "page, 403": reply(f"<html>{TELLTALE}</html>", 403),
    "at the edge of what is kept": reply({"code": 422, "msg": LONG}),
    "at the edge of a page": reply(LONG, 403),
    "record, at the edge": reply(
        {"code": 200, "data": {"successFlag": 3, "failMsg": "x" * 285 + CANARY, "state": "fail"}}
    ),
    "reset": reset,
    "half": reply(f'{{"code":200,"msg":"{CANARY}', declared=900),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_the_key_is_never_exposed(
    loopback: Loopback, caplog: pytest.LogCaptureFixture, tmp_path: Path, answer: Answer
) -> None:
    caplog.set_level(logging.DEBUG)
    loopback.will(answer)
    plan = RetryPlan(tries=2, first_s=0.01, longest_s=0.01)
    client = KieClient(
        Transport(loopback.url, loopback.url, CANARY, pace=Pacing(is_on=False), read_timeout_s=2.0, retries=plan)
    )
    image = tmp_path / "a.png"
    image.write_bytes(b"x")
    spoken: list[str] = []
    for spec in KIE_MODELS[:6]:  # one of each wire format, and their old entries
        request = validate(spec, GenerationRequest(spec.id, "A fox", spec.aspect_ratios[0]))
        spoken.append(repr(client.report(spec, "abc", 1.0)))
        spoken.append(repr(client.report(spec, "abc", 1000.0)))
        with pytest.raises(ProviderError) as caught:
            client.submit(spec, request)
        spoken.append(_all_of(caught.value))
    for call in (
        client.credits,
        lambda: client.download_link("https://x.example/a"),
        lambda: client.upload(image, "image/png"),
    ):
        with pytest.raises(ProviderError) as caught:
            call()
        spoken.append(_all_of(caught.value))
    client.close()
    spoken.append(caplog.text)
    assert loopback.seen and all(CANARY in seen.headers["Authorization"] for seen in loopback.seen)
    assert CANARY[:11] not in "\n".join(spoken)  # not even the beginning of it


def _all_of(error: ProviderError) -> str:
    trace = "".join(traceback.format_exception(error))
    return f"{error!r} {error.message} {error.next_step} {json.dumps(error.args)} {trace}"
