"""Callbacks: a hint to poll now. Duplicate, late, forged or unknown ones change nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from kaimedia import runtime
from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, Phase, utc_now
from kaimedia.errors import ConfigError, StoreUnavailable
from tests.api.callbacks import PAYLOADS, THEIRS, call, is_due, lost, put, watched
from tests.api.conftest import is_problem, make_client
from tests.conftest import image_request


@pytest.mark.parametrize("name", PAYLOADS)
def test_every_familys_callback_makes_its_task_due(idle: tuple[TestClient, AppContext], name: str) -> None:
    client, context = idle
    task = watched(context)
    call(client, task.nonce, PAYLOADS[name])
    after = context.studio.tasks.get(task.task_id)
    assert is_due(context, task) and after.phase is Phase.WAITING and after.result_urls == ()


@pytest.mark.parametrize("name", [name for name in PAYLOADS if name != "names nobody"])
def test_a_lost_reply_is_found_by_its_callback(idle: tuple[TestClient, AppContext], name: str) -> None:
    client, context = idle
    task = lost(context)
    for _ in range(3):
        call(client, task.nonce, PAYLOADS[name])
    after = context.studio.tasks.get(task.task_id)
    assert (after.phase, after.provider_task_id, after.error_code) == (Phase.WAITING, THEIRS, None)
    assert is_due(context, task)


def test_a_callback_that_crosses_the_reply_to_the_sending_makes_the_task_due(
    idle: tuple[TestClient, AppContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, context = idle
    task = watched(context)
    before_reply = replace(task, phase=Phase.SENDING, provider_task_id=None)
    monkeypatch.setattr(context.stores.task_reader, "by_nonce", lambda _nonce: before_reply)
    assert task.provider_task_id == THEIRS
    call(client, task.nonce, PAYLOADS["gpt4o"])
    assert is_due(context, task)


def test_nothing_else_changes(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    other = {"code": 200, "data": {"taskId": "of-somebody-else"}}
    later = utc_now() + timedelta(hours=1)
    tasks = [
        (watched(context), other),
        (put(context, context.studio.tasks.submit(image_request()), Phase.QUEUED, due_at=later), PAYLOADS["gpt4o"]),
        (put(context, context.studio.tasks.submit(image_request()), Phase.DONE, due_at=None), PAYLOADS["gpt4o"]),
        (lost(context), PAYLOADS["names nobody"]),
    ]
    before = [context.studio.tasks.get(task.task_id) for task, _ in tasks]
    for task, payload in tasks * 2:
        call(client, task.nonce, payload)
    assert [context.studio.tasks.get(task.task_id) for task, _ in tasks] == before


@pytest.mark.parametrize("nonce", ["nobody", "x" * 64, "-"])
def test_an_address_of_nobody_is_heard_all_the_same(idle: tuple[TestClient, AppContext], nonce: str) -> None:
    call(idle[0], nonce, PAYLOADS["gpt4o"])


def test_a_task_under_way_takes_its_id_from_the_callback(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    task = put(context, context.studio.tasks.submit(image_request()), Phase.SENDING)
    call(client, task.nonce, PAYLOADS["gpt4o"])
    assert context.studio.tasks.get(task.task_id).provider_task_id == THEIRS


def test_two_tasks_cannot_take_one_id(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    first, second = lost(context), lost(context)
    call(client, first.nonce, PAYLOADS["gpt4o"])
    call(client, second.nonce, PAYLOADS["gpt4o"])
    assert context.studio.tasks.get(second.task_id).error_code is ErrorCode.OUTCOME_UNKNOWN


def test_a_database_that_is_away_is_no_reason_to_call_again(
    idle: tuple[TestClient, AppContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, context = idle

    def broken(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("The database does not answer.")

    monkeypatch.setattr(context.studio.callbacks, "receive", broken)
    call(client, "nobody", {})


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b'"x"', b"{", b"\xff\xfe", b"a=1", b"[" * 200_000, b"9" * 5_000, b'{"data": [1]}', b"\0" * 9],
)
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "", None])
def test_whatever_is_said_is_heard(idle: tuple[TestClient, AppContext], body: bytes, kind: str | None) -> None:
    client, context = idle
    task = lost(context)
    for nonce in (task.nonce, "no nonce", "x" * 300, "%00", "%ED%A0%80", "ü"):
        answer = client.post(
            f"/api/callbacks/kie/{nonce}", content=body, headers={} if kind is None else {"Content-Type": kind}
        )
        assert (answer.status_code, answer.json()) == (200, {"status": "acknowledged"})
    assert context.studio.tasks.get(task.task_id) == task


def test_a_callback_of_another_type_counts(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    task = watched(context)
    headers = {"Content-Type": "text/plain", "X-Webhook-Timestamp": "9" * 500, "X-Webhook-Signature": "x" * 2000}
    answer = client.post(f"/api/callbacks/kie/{task.nonce}", content=json.dumps(PAYLOADS["veo"]), headers=headers)
    assert answer.status_code == 200 and is_due(context, task)


def test_too_much_is_not_read(idle: tuple[TestClient, AppContext]) -> None:
    answer = idle[0].post("/api/callbacks/kie/nobody", content=b" " * 1_000_001)
    is_problem(answer, 413, "body_too_large")


@pytest.mark.parametrize("named", ["\x00", "two words", "\ud800", "x" * 129])
def test_what_cannot_be_an_id_is_none(idle: tuple[TestClient, AppContext], named: str) -> None:
    client, context = idle
    task = lost(context)
    body = json.dumps({"data": {"taskId": named}})
    assert client.post(f"/api/callbacks/kie/{task.nonce}", content=body).status_code == 200
    assert context.studio.tasks.get(task.task_id) == task


def test_a_app_that_cannot_be_opened_hears_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ConfigError("Wrong.", setting="KAIMEDIA_DATABASE_URL")

    monkeypatch.setattr(runtime, "studio", broken)
    with make_client() as client:
        call(client, "nobody", {})
