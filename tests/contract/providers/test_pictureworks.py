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
from tests.pictureworks.entry import PICTUREWORKS
from tests.pictureworks.extension import MODEL

REQUEST = validate(MODEL, GenerationRequest(model=MODEL.id, prompt="A red kite", aspect_ratio="3:2"))
URL = "https://cdn.pictureworks.example/x.png"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A file of several chunks."""
    path = tmp_path / "holiday.png"
    path.write_bytes(bytes(range(256)) * 1000)
    return path


def client_of(url: str, key: str = CANARY) -> Provider:
    return PICTUREWORKS.connect(Account(url=url, key=key), Limits())


@pytest.mark.parametrize("links", [(), (URL, "https://b.example/b.png")])
def test_a_create_as_documented(loopback: Loopback, links: tuple[str, ...]) -> None:
    loopback.will(reply({"job": "abc"}, 201))
    assert client_of(loopback.url).submit(MODEL, REQUEST, links) == "abc"
    (seen,) = loopback.seen
    body = {"prompt": "A red kite", "size": "3:2", "images": list(links)}
    assert (seen.method, seen.path, seen.json) == ("POST", "/v1/jobs", body)
    assert (seen.headers["Authorization"], seen.headers["Content-Type"]) == (f"Bearer {CANARY}", "application/json")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply({}, 401), errors.AuthFailed),
        (reply({}, 402), errors.CreditsExhausted),
        (reply({}, 429, {"Retry-After": "7"}), errors.RateLimited),
        (reply({"reason": f"too long {CANARY}"}, 422), errors.RequestRejected),
        (reply({"field": "images"}, 400), errors.ReferenceRejected),
        (reply({}, 408), errors.OutcomeUnknown),
        (reply({}, 302, {"Location": "/v1/elsewhere"}), errors.OutcomeUnknown),
        (reply({}, 500), errors.OutcomeUnknown),
        (reply({"id": "abc"}, 201), errors.OutcomeUnknown),
        (reply("created", 201), errors.OutcomeUnknown),
        (reply('{"job": "a', 201, declared=500), errors.OutcomeUnknown),
        (reset, errors.OutcomeUnknown),
    ],
    ids=[
        *("key", "credits", "many", "invalid", "input", "timeout", "redirect", "server"),
        *("no job", "no JSON", "cut off", "reset"),
    ],
)
def test_a_refused_create_is_sent_once(loopback: Loopback, answer: Answer, error: type[errors.ProviderError]) -> None:
    loopback.will(answer)
    with pytest.raises(errors.ProviderError) as raised:
        client_of(loopback.url).submit(MODEL, REQUEST)
    assert type(raised.value) is error and len(loopback.seen) == 1
    assert CANARY not in raised.value.message
    assert raised.value.retry_after_s == (7.0 if error is errors.RateLimited else None)


def test_the_reason_of_a_refusal_is_told(loopback: Loopback) -> None:
    loopback.will(reply({"reason": f"too long {CANARY}"}, 422))
    with pytest.raises(errors.RequestRejected, match=r"rejected the request: “too long •••”\. Nothing was charged"):
        client_of(loopback.url).submit(MODEL, REQUEST)


def test_without_a_connection_nothing_was_sent(image: Path) -> None:
    client = client_of(dead_url())
    with pytest.raises(errors.ProviderUnavailable, match="Nothing was sent"):
        client.submit(MODEL, REQUEST)
    report = client.report(MODEL, "abc", 1)
    assert report.is_transient and report.state is TaskState.PROCESSING
    with pytest.raises(errors.ProviderUnavailable):
        client.upload(image, "image/png")
    with pytest.raises(errors.ProviderUnavailable):
        client.credits()


@pytest.mark.parametrize("key", ["", "two words", "schlüssel", "line\nbreak"])
def test_what_cannot_be_a_key_is_neither_sent_nor_quoted(loopback: Loopback, key: str) -> None:
    with pytest.raises(errors.ConfigError, match="PictureWorks key") as raised:
        client_of(loopback.url, key)
    assert (raised.value.setting, loopback.seen) == ("PICTUREWORKS_API_KEY", [])
    assert not key or key not in raised.value.message


RECORDS: list[tuple[str, Answer, float, dict[str, Any]]] = [
    ("queued", reply({"state": "queued"}), 1, {"state": TaskState.PROCESSING, "is_recorded": True}),
    ("working", reply({"state": "working"}), 1, {"state": TaskState.PROCESSING, "is_running": True}),
    ("done", reply({"state": "done", "images": [URL]}), 1, {"state": TaskState.COMPLETED, "result_urls": (URL,)}),
    ("its cost", reply({"state": "done", "images": [URL], "cost": 5}), 1, {"credits": 5.0, "is_recorded": True}),
    ("odd cost", reply({"state": "done", "images": [URL], "cost": -5}), 1, {"credits": None}),
    ("done without", reply({"state": "done"}), 1, {"state": TaskState.PROCESSING, "lacks_result": True}),
    ("unreadable", reply({"state": "done", "images": [7]}), 1, {"lacks_result": True, "has_unreadable_result": True}),
    (
        "failed",
        reply({"state": "failed", "reason": f"too dark {CANARY}"}),
        1,
        {"fault": ErrorCode.PROVIDER_FAILED, "message": "PictureWorks says: “too dark •••”", "is_recorded": True},
    ),
    ("failed and charged", reply({"state": "failed", "cost": 2}), 1, {"state": TaskState.FAILED, "credits": 2.0}),
    (
        "silent",
        reply({"state": "failed"}),
        1,
        {"credits": None, "message": "PictureWorks gave no reason.", "is_recorded": True},
    ),
    ("unknown", reply({"state": "paused"}), 1, {"state": TaskState.PROCESSING, "is_transient": True}),
    ("no record", reply({}), 1, {"state": TaskState.PROCESSING, "is_transient": True, "is_empty": True}),
    ("refused", reply({}, 400), 1, {"fault": ErrorCode.PROVIDER_FAILED, "is_recorded": False, "is_missing": False}),
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


def test_an_upload_is_one_form_with_the_file(loopback: Loopback, image: Path) -> None:
    loopback.will(reply({"url": URL}, 201))
    assert client_of(loopback.url).upload(image, "image/png") == URL
    (seen,) = loopback.seen
    assert (seen.method, seen.path, seen.headers["Authorization"]) == ("POST", "/v1/files", f"Bearer {CANARY}")
    assert seen.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="file"; filename="' in seen.body and image.read_bytes() in seen.body
    assert b"holiday" not in seen.body


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply({}, 401), errors.AuthFailed),
        (reply({}, 429, {"Retry-After": "7"}), errors.RateLimited),
        (reply({"reason": "not an image"}, 400), errors.ReferenceRejected),
        (reply({}, 413), errors.ReferenceRejected),
        (reply({}, 408), errors.ProviderUnavailable),
        (reply({}, 302, {"Location": "/v1/elsewhere"}), errors.ProviderUnavailable),
        (reply({}, 503), errors.ProviderUnavailable),
        (reset, errors.ProviderUnavailable),
        (reply({}), errors.UnexpectedResponse),
        (reply({"url": 7}), errors.UnexpectedResponse),
    ],
    ids=["key", "many", "refused", "large", "timeout", "redirect", "server", "reset", "no link", "odd link"],
)
def test_a_refused_upload(loopback: Loopback, image: Path, answer: Answer, error: type[errors.ProviderError]) -> None:
    loopback.will(answer)
    with pytest.raises(errors.ProviderError) as raised:
        client_of(loopback.url).upload(image, "image/png")
    assert type(raised.value) is error and len(loopback.seen) == 1
    assert raised.value.retry_after_s == (7.0 if error is errors.RateLimited else None)


def test_what_cannot_be_uploaded_is_not_sent(loopback: Loopback, image: Path) -> None:
    client = client_of(loopback.url)
    for path, mime_type in ((image.with_name("gone.png"), "image/png"), (image, "image/gif")):
        with pytest.raises(errors.ReferenceRejected):
            client.upload(path, mime_type)
    assert not loopback.seen


def test_the_balance_is_read(loopback: Loopback) -> None:
    loopback.will(reply({"credits": 42.5}))
    assert client_of(loopback.url).credits() == 42.5
    (seen,) = loopback.seen
    assert (seen.method, seen.path, seen.headers["Authorization"]) == ("GET", "/v1/account", f"Bearer {CANARY}")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply({}, 401), errors.AuthFailed),
        (reply({}, 429), errors.RateLimited),
        (reply({}, 400), errors.ProviderUnavailable),
        (reply({}, 500), errors.ProviderUnavailable),
        (reply({}), errors.UnexpectedResponse),
        (reply({"credits": "many"}), errors.UnexpectedResponse),
        (reply({"credits": True}), errors.UnexpectedResponse),
    ],
    ids=["key", "many", "refused", "server", "nothing", "text", "no number"],
)
def test_a_balance_that_is_not_reported(loopback: Loopback, answer: Answer, error: type[errors.ProviderError]) -> None:
    loopback.will(answer)
    with pytest.raises(errors.ProviderError) as raised:
        client_of(loopback.url).credits()
    assert type(raised.value) is error


def test_what_it_does_not_offer_is_refused() -> None:
    client = client_of(dead_url())
    with pytest.raises(errors.RequestRejected):
        client.download_link(URL)
    client.close()
