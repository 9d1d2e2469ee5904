"""Accepted request bodies, and the headers of every response."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from kaimedia.api.body_limits import MAX_BODY_BYTES
from kaimedia.context import AppContext
from tests.api.conftest import FAR, is_problem, make_client


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_read(idle: tuple[TestClient, AppContext], content_type: str) -> None:
    client, context = idle
    headers = {"content-type": content_type} if content_type else {}
    for path in ("images/generate", "tasks/x/resolve"):
        answer = client.post(f"/api/{path}", content=b'{"prompt": "x"}', headers=headers)
        is_problem(answer, 415, "not_json")
    assert context.studio.tasks.page().total == 0


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[" * 100_000, b'{"prompt": "\\ud800"}', b"null", b"NaN"])
def test_broken_json_is_said_so(idle: tuple[TestClient, AppContext], content: bytes) -> None:
    answer = idle[0].post("/api/images/generate", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 422 and answer.json()["code"] == "invalid_request"


@pytest.mark.parametrize("declares", [True, False])
def test_a_body_is_read_up_to_the_cap(idle: tuple[TestClient, AppContext], declares: bool) -> None:
    client, _ = idle
    body = b'{"x": "' + b"y" * MAX_BODY_BYTES + b'"}'
    content: Any = body if declares else iter([body[:500_000], body[500_000:]])
    answer = client.post("/api/callbacks/kie/n", content=content, headers={"content-type": "application/json"})
    is_problem(answer, 413, "body_too_large")


def test_a_call_has_a_name_in_answer_and_log(
    idle: tuple[TestClient, AppContext], capsys: pytest.CaptureFixture[str]
) -> None:
    from kaimedia import log

    log.setup("info", as_json=True)
    client, _ = idle
    answer = client.post("/api/images/generate", json={"prompt": "x"}, headers={"x-request-id": "my-call.7"})
    assert answer.headers["x-request-id"] == "my-call.7"
    line = next(line for line in capsys.readouterr().err.splitlines() if "submitted" in line)
    assert '"request_id": "my-call.7"' in line and answer.json()["task_id"] in line
    odd = client.get("/api/tasks", headers={"x-request-id": "a b\tc"}).headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{16}", odd)


def test_calls_are_told_by_route_and_never_by_path(
    idle: tuple[TestClient, AppContext], capsys: pytest.CaptureFixture[str]
) -> None:
    from kaimedia import log

    log.setup("info")
    client, _ = idle
    named = {"x-request-id": "my-call.8"}
    client.get("/api/tasks", headers=named)
    client.get(f"/api/tasks/{'0' * 32}?q=SECRETWORD", headers=named)
    client.post("/api/callbacks/kie/SECRETNONCE", json={}, headers=named)
    client.get("/api/SECRETPATH", headers=named)
    with make_client(FAR) as stranger:
        stranger.delete("/api/media/7", headers=named)
    received = [line for line in capsys.readouterr().err.splitlines() if " ms" in line]
    assert [re.split(r"kaimedia.api +| \d+\.\d ms", line)[1] for line in received] == [
        "GET /tasks/{task_id} 404",
        "POST /callbacks/{provider}/{nonce} 200",
        "GET none 404",
        "DELETE /media/{media_id} 403",
    ]
    assert all("request_id=my-call.8" in line and "SECRET" not in line for line in received)
    log.setup("debug")
    client.get("/api/tasks")
    assert "GET /tasks 200" in capsys.readouterr().err


def test_answers_are_not_kept_and_not_guessed(idle: tuple[TestClient, AppContext]) -> None:
    headers = idle[0].get("/api/tasks").headers
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert not [name for name in headers if name.startswith("access-control")]


def test_an_error_of_ours_tells_nothing(
    idle: tuple[TestClient, AppContext], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from kaimedia import log

    log.setup("info")
    client, context = idle
    monkeypatch.setattr(context.studio.tasks, "page", lambda **_: 1 // 0)
    answer = client.get("/api/tasks")
    is_problem(answer, 500, "error")
    assert "division" not in answer.text and "division" in capsys.readouterr().err
