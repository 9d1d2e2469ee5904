"""Fault switches that change the answers to creates and polls, seen from the wire."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import pytest
import requests

from kaimedia.sandbox.faults.catalog import BY_NAME
from tests.contract.sandbox.wire import CREATE, Wire, body

REFUSED = {
    "create_401": 401,
    "create_402": 402,
    "create_402_as_500": 500,
    "create_422": 422,
    "create_policy": 400,
    "create_429": 429,
    "create_429_http": 429,
    "create_430": 430,
    "create_433": 433,
    "create_451": 451,
    "create_455": 455,
    "create_500": 500,
    "create_550": 550,
}
LOST = ("create_reset", "create_accepted_reset")
GARBLED_CREATES = ("create_html502", "create_accepted_html502", "create_accepted_truncated", "create_accepted_no_id")
POLL_CODES = {
    "poll_401": 401,
    "poll_404": 404,
    "poll_429": 429,
    "poll_429_http": 429,
    "poll_430": 430,
    "poll_433": 433,
    "poll_451": 451,
    "poll_455": 455,
    "poll_500": 500,
    "poll_550": 550,
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refused_creates(wire: Wire, name: str) -> None:
    prompt = f"a boat [fault:{name}]"
    before = wire.accounts()
    response = wire.post(CREATE["veo"], json=body("veo", prompt))
    assert response.json()["code"] == REFUSED[name]
    assert response.status_code == (429 if name == "create_429_http" else 200)
    assert ("data" in response.json()) is (name != "create_401")
    after = wire.accounts()
    assert (after["credits"], len(after["tasks"])) == (before["credits"], len(before["tasks"]))
    again = wire.try_create("veo", prompt)["code"]
    assert again == (200 if BY_NAME[name].amount == 1 else REFUSED[name])


@pytest.mark.parametrize("name", [*LOST, *GARBLED_CREATES])
def test_creates_whose_answer_is_lost(wire: Wire, name: str) -> None:
    prompt = f"a boat [fault:{name}]"
    if name in LOST:
        with pytest.raises(requests.ConnectionError):
            wire.try_create("market", prompt)
    else:
        response = wire.post(CREATE["market"], json=body("market", prompt))
        assert response.status_code == (502 if "html502" in name else 200)
        if name == "create_accepted_no_id":
            assert response.json() == {"code": 200, "msg": "success", "data": None}
        else:
            with pytest.raises(requests.JSONDecodeError):
                response.json()
    charged = [task["charged"] for task in wire.accounts()["tasks"] if task["prompt"] == prompt]
    assert charged == ([42.0] if "accepted" in name else [])


def test_an_accepted_create_may_answer_late(wire: Wire) -> None:
    prompt = "slow [fault:create_accepted_timeout=0.3]"
    with pytest.raises(requests.Timeout):
        requests.post(
            wire.url + CREATE["veo"], json=body("veo", prompt), headers=dict(wire.session.headers), timeout=0.1
        )
    assert wire.entry(prompt)["charged"] == 60
    began = time.monotonic()
    wire.create("veo", prompt)
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize("name", sorted(POLL_CODES))
def test_polls_with_codes_end(wire: Wire, name: str) -> None:
    task_id = wire.create("gpt4o", f"a boat [fault:{name}=2]")
    for _ in range(2):
        response = wire.poll("gpt4o", task_id)
        assert response.json()["code"] == POLL_CODES[name]
        assert response.status_code == (429 if name == "poll_429_http" else 200)
    assert wire.poll("gpt4o", task_id).json()["code"] == 200


def _html(response: requests.Response) -> bool:
    return response.status_code == 502 and response.text.startswith("<html>")


def _cut(response: requests.Response) -> bool:
    with contextlib.suppress(requests.JSONDecodeError):
        return not response.json()
    return response.text.startswith('{"code":200')


GARBLED_POLLS: dict[str, Callable[[requests.Response], bool]] = {
    "html502": _html,
    "empty": lambda response: response.content == b"",
    "truncated": _cut,
    "array": lambda response: isinstance(response.json(), list),
    "data_null": lambda response: response.json() == {"code": 200, "msg": "success", "data": None},
}


@pytest.mark.parametrize("name", sorted(GARBLED_POLLS))
def test_polls_that_say_nothing_end(wire: Wire, name: str) -> None:
    task_id = wire.create("market", f"a boat [fault:{name}]")
    for _ in range(int(BY_NAME[name].amount or 0)):
        assert GARBLED_POLLS[name](wire.poll("market", task_id))
    assert wire.record("market", task_id)["taskId"] == task_id


def test_poll_reset_and_poll_timeout(wire: Wire) -> None:
    task_id = wire.create("veo", "a boat [fault:poll_reset=1]")
    with pytest.raises(requests.ConnectionError):
        wire.poll("veo", task_id)
    assert wire.record("veo", task_id)
    task_id = wire.create("veo", "a boat [fault:poll_timeout=0.3]")
    began = time.monotonic()
    wire.poll("veo", task_id)
    assert time.monotonic() - began >= 0.3


def test_a_record_may_be_missing_at_first(wire: Wire) -> None:
    for family, code in (("veo", 422), ("market", 422), ("runway", 200)):
        task_id = wire.create(family, "a boat [fault:record_missing=3]")
        envelope = wire.poll(family, task_id).json()
        assert (envelope["code"], envelope["data"]) == (code, None)
        wire.clock.advance(3.1)
        assert wire.record(family, task_id)["taskId"] == task_id
