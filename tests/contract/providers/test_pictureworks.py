"""A provider from outside: what is sent and what each reply means, over a real socket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kaimedia import errors
from kaimedia.domain import ErrorCode, GenerationRequest
from kaimedia.models.validation import validate
from kaimedia.providers.base import Account, Limits, Provider, TaskState
from tests.contract.providers.loopback import CANARY, Answer, Loopback, dead_url, reply, reset
from tests.pictureworks.entry import MODEL, PICTUREWORKS

REQUEST = validate(MODEL, GenerationRequest(model=MODEL.id, prompt="A red kite", aspect_ratio="3:2"))


def client_of(url: str, key: str = CANARY) -> Provider:
    return PICTUREWORKS.connect(Account(url=url, key=key), Limits())


def test_a_create_as_documented(loopback: Loopback) -> None:
    loopback.will(reply({"job": "abc"}, 201))
    assert client_of(loopback.url).submit(MODEL, REQUEST) == "abc"
    (seen,) = loopback.seen
    assert (seen.method, seen.path, seen.json) == ("POST", "/v1/jobs", {"prompt": "A red kite", "size": "3:2"})
    assert (seen.headers["Authorization"], seen.headers["Content-Type"]) == (f"Bearer {CANARY}", "application/json")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply({}, 401), errors.AuthFailed),
        (reply({}, 402), errors.CreditsExhausted),
        (reply({}, 429, {"Retry-After": "7"}), errors.RateLimited),
        (reply({"error": CANARY}, 422), errors.RequestRejected),
        (reply({}, 408), errors.OutcomeUnknown),
        (reply({}, 302, {"Location": "/v1/elsewhere"}), errors.OutcomeUnknown),
        (reply({}, 500), errors.OutcomeUnknown),
        (reply({"id": "abc"}, 201), errors.OutcomeUnknown),
        (reply("created", 201), errors.OutcomeUnknown),
        (reply('{"job": "a', 201, declared=500), errors.OutcomeUnknown),
        (reset, errors.OutcomeUnknown),
    ],
    ids=["key", "credits", "many", "invalid", "timeout", "redirect", "server", "no job", "no JSON", "cut off", "reset"],
)
def test_a_refused_create_is_sent_once(loopback: Loopback, answer: Answer, error: type[errors.ProviderError]) -> None:
    loopback.will(answer)
    with pytest.raises(errors.ProviderError) as raised:
        client_of(loopback.url).submit(MODEL, REQUEST)
    assert type(raised.value) is error and len(loopback.seen) == 1
    assert CANARY not in raised.value.message
    assert raised.value.retry_after_s == (7.0 if error is errors.RateLimited else None)


def test_without_a_connection_nothing_was_sent() -> None:
    client = client_of(dead_url())
    with pytest.raises(errors.ProviderUnavailable, match="Nothing was sent"):
        client.submit(MODEL, REQUEST)
    report = client.report(MODEL, "abc", 1)
    assert report.is_transient and report.state is TaskState.PROCESSING


@pytest.mark.parametrize("key", ["", "two words", "schlüssel", "line\nbreak"])
def test_what_cannot_be_a_key_is_neither_sent_nor_quoted(loopback: Loopback, key: str) -> None:
    with pytest.raises(errors.ConfigError, match="PictureWorks key") as raised:
        client_of(loopback.url, key)
    assert (raised.value.setting, loopback.seen) == ("PICTUREWORKS_API_KEY", [])
    assert not key or key not in raised.value.message


URL = "https://cdn.pictureworks.example/x.png"
RECORDS: list[tuple[str, Answer, float, dict[str, Any]]] = [
    ("queued", reply({"state": "queued"}), 1, {"state": TaskState.PROCESSING, "is_recorded": True}),
    ("working", reply({"state": "working"}), 1, {"state": TaskState.PROCESSING, "is_running": True}),
    ("done", reply({"state": "done", "images": [URL]}), 1, {"state": TaskState.COMPLETED, "result_urls": (URL,)}),
    ("done without", reply({"state": "done"}), 1, {"state": TaskState.PROCESSING, "lacks_result": True}),
    ("unreadable", reply({"state": "done", "images": [7]}), 1, {"lacks_result": True, "has_unreadable_result": True}),
    (
        "failed",
        reply({"state": "failed", "reason": f"too dark {CANARY}"}),
        1,
        {"fault": ErrorCode.PROVIDER_FAILED, "message": "PictureWorks says: “too dark •••”", "is_recorded": True},
    ),
    ("silent", reply({"state": "failed"}), 1, {"message": "PictureWorks gave no reason.", "is_recorded": True}),
    ("unknown", reply({"state": "paused"}), 1, {"state": TaskState.PROCESSING, "is_transient": True}),
    ("key", reply({}, 401), 1, {"fault": ErrorCode.BAD_KEY, "is_recorded": False, "is_transient": False}),
    ("many", reply({}, 429), 1, {"state": TaskState.PROCESSING, "is_transient": True}),
    ("server", reply({}, 503), 1, {"state": TaskState.PROCESSING, "is_transient": True}),
    ("no JSON", reply("hello"), 1, {"state": TaskState.PROCESSING, "is_transient": True}),
    ("reset", reset, 1, {"state": TaskState.PROCESSING, "is_transient": True}),
    ("missing", reply({}, 404), 1, {"state": TaskState.PROCESSING, "is_missing": True}),
    ("still missing", reply({}, 404), 91, {"state": TaskState.FAILED, "is_missing": True, "is_recorded": False}),
]


@pytest.mark.parametrize(("answer", "age_s", "expected"), [row[1:] for row in RECORDS], ids=[row[0] for row in RECORDS])
def test_a_report(loopback: Loopback, answer: Answer, age_s: float, expected: dict[str, Any]) -> None:
    loopback.will(answer)
    report = client_of(loopback.url).report(MODEL, "a/b", age_s)
    assert {name: getattr(report, name) for name in expected} == expected
    assert (report.state is TaskState.FAILED) == (report.fault is not None)
    (seen,) = loopback.seen
    assert (seen.method, seen.path, seen.headers["Authorization"]) == ("GET", "/v1/jobs/a%2Fb", f"Bearer {CANARY}")


def test_what_it_does_not_offer_is_refused() -> None:
    client = client_of(dead_url())
    for call in (lambda: client.upload(Path("x.png"), "image/png"), client.credits, lambda: client.download_link(URL)):
        with pytest.raises(errors.RequestRejected):
            call()
    client.close()
