"""The client over a real socket: its requests, and how it reads the responses."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kaimedia import errors
from kaimedia.domain import GenerationRequest, Reference, Role
from kaimedia.models import catalogue
from kaimedia.models.validation import validate
from kaimedia.providers.base import TaskState
from kaimedia.providers.http.pacing import Pacing
from kaimedia.providers.kie import uploads
from kaimedia.providers.kie.client import KieClient
from kaimedia.providers.kie.http.retries import RetryPlan
from kaimedia.providers.kie.http.transport import Transport
from tests.contract.providers.loopback import CANARY, Loopback, reply, reset

LINK = "https://tempfile.redpandaai.co/kieai/1/kai-media/a.png"
VEO = catalogue.get("veo3_fast")


@pytest.fixture
def client(loopback: Loopback) -> Iterator[KieClient]:
    plan = RetryPlan(tries=2, first_s=0.01, longest_s=0.01)
    pace = Pacing(is_on=False)
    made = KieClient(Transport(loopback.url, loopback.url, CANARY, pace=pace, read_timeout_s=2.0, retries=plan))
    yield made
    made.close()


def asked() -> GenerationRequest:
    return validate(VEO, GenerationRequest("veo3_fast", "A fox", "16:9"))


def test_submit_returns_the_id(loopback: Loopback, client: KieClient) -> None:
    loopback.will(reply({"code": 200, "data": {"taskId": "abc"}}))
    first = Reference(url="https://mine.example/a.png", role=Role.FIRST_FRAME)
    with_frame = replace(asked(), references=(first,))
    assert client.submit(VEO, with_frame, ("https://x.example/a.png",), "https://cb.example") == "abc"
    [seen] = loopback.seen
    assert seen.path == "/api/v1/veo/generate"
    assert seen.json["imageUrls"] == ["https://x.example/a.png"] and seen.json["callBackUrl"] == "https://cb.example"


def test_submit_names_the_model(loopback: Loopback, client: KieClient) -> None:
    loopback.will(reply({"code": 500, "msg": "This interface is temporarily paused", "data": None}))
    with pytest.raises(errors.RequestRejected, match=r"has paused Veo 3\.1 Fast"):
        client.submit(VEO, asked())


def test_submit_passes_on_retry_after(loopback: Loopback, client: KieClient) -> None:
    loopback.will(reply("slow", 429, {"Retry-After": "12"}))
    with pytest.raises(errors.RateLimited) as caught:
        client.submit(VEO, asked())
    assert caught.value.retry_after_s == 12.0 and len(loopback.seen) == 1


@pytest.mark.parametrize(
    ("age_s", "state", "fault"),
    [
        (0.0, TaskState.PROCESSING, None),
        (90.0, TaskState.PROCESSING, None),
        (90.1, TaskState.FAILED, "provider_failed"),
    ],
)
def test_a_missing_record_has_90_seconds(
    loopback: Loopback, client: KieClient, age_s: float, state: TaskState, fault: str | None
) -> None:
    loopback.will(reply({"code": 422, "msg": "Record not found for taskId: abc", "data": None}))
    report = client.report(VEO, "abc", age_s)
    assert (report.state, report.fault, report.is_missing) == (state, fault, True)
    assert "Record not found" in (report.message or "")


def test_an_unknown_runway_task_is_never_failed_by_age(loopback: Loopback, client: KieClient) -> None:
    loopback.will(reply({"code": 200, "msg": "success", "data": None}))
    report = client.report(catalogue.get("runway"), "abc", 10_000.0)
    assert report.state is TaskState.PROCESSING and report.is_transient


def test_a_refused_key_fails_the_poll(loopback: Loopback, client: KieClient) -> None:
    loopback.will(reply({"code": 401, "msg": "Unauthorized"}))
    report = client.report(VEO, "abc", 5.0)
    assert (report.state, report.fault) == (TaskState.FAILED, "bad_key")


def test_a_lost_connection_is_a_transient_error(loopback: Loopback, client: KieClient) -> None:
    loopback.will(reset)
    report = client.report(VEO, "abc", 5.0)
    assert report.state is TaskState.PROCESSING and report.is_transient
    assert "No connection to kie.ai" in (report.message or "")


def test_too_many_waiting_polls_are_a_transient_error(loopback: Loopback) -> None:
    loopback.will(reply({"code": 200, "data": {"successFlag": 0}}))
    pace = Pacing(polls_per_s=0.001)
    client = KieClient(Transport(loopback.url, loopback.url, CANARY, pace=pace))
    assert not client.report(VEO, "abc", 5.0).is_transient
    assert client.report(VEO, "other", 5.0).is_transient
    assert len(loopback.seen) == 1
    client.close()


@pytest.mark.parametrize(("data", "credits"), [(5916.25, 5916.25), (10, 10.0), ("12.5", 12.5), (0, 0.0), (-3, -3.0)])
def test_credits(loopback: Loopback, client: KieClient, data: Any, credits: float) -> None:
    loopback.will(reply({"code": 200, "msg": "success", "data": data}))
    assert client.credits() == credits
    assert loopback.seen[0].path == "/api/v1/chat/credit"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply({"code": 200, "data": None}), errors.UnexpectedResponse),
        (reply({"code": 200, "data": True}), errors.UnexpectedResponse),
        (reply({"code": 200, "data": "NaN"}), errors.UnexpectedResponse),
        (reply({"code": 200, "data": {"x": 1}}), errors.UnexpectedResponse),
        (reply({"code": 401, "msg": "no"}), errors.AuthFailed),
        (reply({"code": 433, "msg": "cap"}), errors.AuthFailed),
        (reply({"code": 429, "msg": "slow"}), errors.RateLimited),
        (reply({"code": 455, "msg": "maintenance"}), errors.ProviderUnavailable),
        (reply({"code": 500, "msg": "oops"}), errors.ProviderUnavailable),
        (reply({"code": 404, "msg": "oops"}), errors.RequestRejected),
        (reply("<html>", 502), errors.ProviderUnavailable),
        (reply("<html>", 200), errors.ProviderUnavailable),
        (reply("<html>", 403), errors.AuthFailed),
        (reset, errors.ProviderUnavailable),
    ],
)
def test_credits_that_are_not_reported(
    loopback: Loopback, client: KieClient, answer: Any, kind: type[Exception]
) -> None:
    loopback.will(answer)
    with pytest.raises(kind):
        client.credits()


def test_download_link(loopback: Loopback, client: KieClient) -> None:
    loopback.will(reply({"code": 200, "data": LINK + "?signature=1"}))
    assert client.download_link("https://x.example/a.mp4") == LINK + "?signature=1"
    assert loopback.seen[0].json == {"url": "https://x.example/a.mp4"}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"code": 422, "msg": "url is wrong"}, errors.RequestRejected),
        ({"code": 200, "data": ""}, errors.UnexpectedResponse),
    ],
)
def test_no_download_link(loopback: Loopback, client: KieClient, body: Any, kind: type[Exception]) -> None:
    loopback.will(reply(body))
    with pytest.raises(kind):
        client.download_link("https://x.example/a.mp4")


@pytest.mark.parametrize(
    ("mime_type", "extension"),
    [
        *[("image/png", "png"), ("image/jpeg", "jpg"), ("image/webp", "webp"), ("image/gif", "gif")],
        *[("video/mp4", "mp4"), ("video/quicktime", "mov"), ("video/x-matroska", "mkv")],
        *[("audio/mpeg", "mp3"), ("audio/wav", "wav"), ("audio/mp4", "m4a"), ("audio/ogg", "ogg")],
    ],
)
def test_small_uploads_go_as_json(
    loopback: Loopback, client: KieClient, tmp_path: Path, mime_type: str, extension: str
) -> None:
    image = tmp_path / "my image.bin"
    image.write_bytes(bytes(range(256)) * 40)
    loopback.will(reply({"success": True, "code": 200, "msg": "ok", "data": {"downloadUrl": LINK, "fileUrl": "x"}}))
    assert [client.upload(image, mime_type) for _ in range(2)] == [LINK] * 2
    bodies = [seen.json for seen in loopback.seen]
    assert {seen.path for seen in loopback.seen} == {"/api/file-base64-upload"}
    assert base64.b64decode(bodies[0]["base64Data"], validate=True) == image.read_bytes()
    assert bodies[0]["uploadPath"] == "kai-media"
    names = [body["fileName"].rsplit(".", 1) for body in bodies]
    assert [name[1] for name in names] == [extension] * 2
    assert names[0][0] != names[1][0] and uuid.UUID(hex=names[0][0])


def test_large_uploads_go_as_a_stream(loopback: Loopback, client: KieClient, tmp_path: Path) -> None:
    image = tmp_path / "a.png"
    image.write_bytes(b"\x89PNG" + b"\0" * (10 * 1024 * 1024))
    loopback.will(reply({"success": True, "code": 200, "data": {"fileUrl": LINK}}))
    assert client.upload(image, "video/mp4") == LINK
    [seen] = loopback.seen
    assert b".mp4" in seen.body and b"Content-Type: video/mp4" in seen.body
    assert seen.path == "/api/file-stream-upload" and b'filename="' in seen.body and b"kai-media" in seen.body
    assert image.read_bytes() in seen.body


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"success": False, "code": 400, "msg": "bad base64"}, 400, errors.ReferenceRejected),
        ({"success": False, "code": 401, "msg": "no"}, 401, errors.AuthFailed),
        ({"success": False, "code": 405, "msg": "no"}, 405, errors.ReferenceRejected),
        ({"success": False, "code": 200, "msg": "no"}, 200, errors.ReferenceRejected),
        ({"success": True, "code": 200, "msg": "odd"}, 413, errors.ReferenceRejected),
        ({"success": False, "code": 500, "msg": "disk full"}, 500, errors.ProviderUnavailable),
        ("<html>", 502, errors.ProviderUnavailable),
        ("<html>", 200, errors.ProviderUnavailable),
        ("<html>", 413, errors.ReferenceRejected),
        ({"success": True, "code": 200, "data": {}}, 200, errors.UnexpectedResponse),
        ({"success": True, "code": 200, "data": {"downloadUrl": "ftp://x"}}, 200, errors.UnexpectedResponse),
    ],
)
def test_uploads_that_fail(
    loopback: Loopback, client: KieClient, tmp_path: Path, body: Any, status: int, kind: type[Exception]
) -> None:
    image = tmp_path / "a.png"
    image.write_bytes(b"x")
    loopback.will(reply(body, status))
    with pytest.raises(kind):
        client.upload(image, "image/png")


def test_an_upload_link_at_the_root_counts() -> None:
    from kaimedia.providers.kie.parsing.envelope import read

    assert uploads.uploaded_link(read(200, json.dumps({"code": 200, "url": LINK}).encode())) == LINK


def test_uploads_refused_before_sending(loopback: Loopback, client: KieClient, tmp_path: Path) -> None:
    with pytest.raises(errors.ReferenceRejected, match="does not accept files of type application/pdf"):
        client.upload(tmp_path / "a.pdf", "application/pdf")
    with pytest.raises(errors.ReferenceRejected, match="can no longer be read"):
        client.upload(tmp_path / "gone.png", "image/png")
    assert loopback.seen == []
