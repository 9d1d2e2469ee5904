"""Every fault switch, seen from the wire."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from kaimedia.sandbox.faultlist import BY_NAME, FAULTS, Scope, Unit
from tests.contract.sandbox.wire import CREATE, RECORD, Wire, body

DOCS = Path(__file__).resolve().parents[3] / "docs" / "sandbox.md"
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
FAILURES: dict[str, tuple[int | None, int, int, str]] = {
    # switch: 4o's errorCode and flag, Veo's flag, the jobs' failCode
    "policy": (400, 2, 2, "422"),
    "fail": (500, 3, 2, "500"),
    "fail_501": (501, 3, 3, "501"),
    "fail_408": (408, 3, 3, "408"),
    "internal_error": (None, 3, 3, "500"),
    "flag3": (500, 3, 3, "500"),
}


def test_every_switch_is_in_the_table_and_nothing_else() -> None:
    rows = [line.split("|") for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    table = {row[1].strip().strip("`"): row for row in rows}
    for fault in FAULTS:
        row = table[fault.name]
        assert row[4].strip() == fault.meaning
        counted = fault.unit is Unit.TIMES and fault.amount is not None
        usual = "always" if fault.amount is None else ("first " if counted else "N = ") + f"{fault.amount:g}"
        assert row[3].strip() == ("first" if usual == "first 1" else usual)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refused_creates(wire: Wire, name: str) -> None:
    prompt = f"a boat [fault:{name}]"
    before = wire.ledger()
    response = wire.post(CREATE["veo"], json=body("veo", prompt))
    assert response.json()["code"] == REFUSED[name]
    assert response.status_code == (429 if name == "create_429_http" else 200)
    assert ("data" in response.json()) is (name != "create_401")
    after = wire.ledger()
    assert (after["credits"], len(after["tasks"])) == (before["credits"], len(before["tasks"]))
    again = wire.ask("veo", prompt)["code"]
    assert again == (200 if BY_NAME[name].amount == 1 else REFUSED[name])


@pytest.mark.parametrize("name", [*LOST, *GARBLED_CREATES])
def test_creates_whose_answer_is_lost(wire: Wire, name: str) -> None:
    prompt = f"a boat [fault:{name}]"
    if name in LOST:
        with pytest.raises(requests.ConnectionError):
            wire.ask("market", prompt)
    else:
        response = wire.post(CREATE["market"], json=body("market", prompt))
        assert response.status_code == (502 if "html502" in name else 200)
        if name == "create_accepted_no_id":
            assert response.json() == {"code": 200, "msg": "success", "data": None}
        else:
            with pytest.raises(requests.JSONDecodeError):
                response.json()
    charged = [task["charged"] for task in wire.ledger()["tasks"] if task["prompt"] == prompt]
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
        response = wire.look("gpt4o", task_id)
        assert response.json()["code"] == POLL_CODES[name]
        assert response.status_code == (429 if name == "poll_429_http" else 200)
    assert wire.look("gpt4o", task_id).json()["code"] == 200


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
        assert GARBLED_POLLS[name](wire.look("market", task_id))
    assert wire.record("market", task_id)["taskId"] == task_id


def test_poll_reset_and_poll_timeout(wire: Wire) -> None:
    task_id = wire.create("veo", "a boat [fault:poll_reset=1]")
    with pytest.raises(requests.ConnectionError):
        wire.look("veo", task_id)
    assert wire.record("veo", task_id)
    task_id = wire.create("veo", "a boat [fault:poll_timeout=0.3]")
    began = time.monotonic()
    wire.look("veo", task_id)
    assert time.monotonic() - began >= 0.3


def test_a_record_may_be_missing_at_first(wire: Wire) -> None:
    for family, code in (("veo", 422), ("market", 422), ("runway", 200)):
        task_id = wire.create(family, "a boat [fault:record_missing=3]")
        envelope = wire.look(family, task_id).json()
        assert (envelope["code"], envelope["data"]) == (code, None)
        wire.clock.advance(3.1)
        assert wire.record(family, task_id)["taskId"] == task_id


def test_odd_wrappings_of_the_true_record(wire: Wire) -> None:
    def told(name: str) -> dict[str, Any]:
        task_id = wire.create("gpt4o", f"a boat [fault:{name}]")
        envelope: dict[str, Any] = wire.look("gpt4o", task_id).json()
        return envelope

    odd = told("code_505_with_data")
    assert (odd["code"], odd["msg"], odd["data"]["successFlag"]) == (505, "success", 0)
    assert told("code_as_string")["code"] == "200"
    assert json.loads(told("data_as_string")["data"])["successFlag"] == 0
    flat = told("no_envelope")
    assert "data" not in flat and flat["successFlag"] == 0


@pytest.mark.parametrize("name", sorted(FAILURES))
def test_failures_in_each_familys_words_are_refunded(wire: Wire, name: str) -> None:
    code, flag, veo_flag, fail_code = FAILURES[name]
    prompt = f"a boat [fault:{name}]"
    image = wire.finish("gpt4o", prompt)
    assert (image["errorCode"], image["successFlag"], image["progress"]) == (code, flag, "0.00")
    assert image["status"] == ("CREATE_TASK_FAILED" if flag == 2 else "GENERATE_FAILED")
    assert image["errorMessage"] and image["response"] is None
    clip = wire.finish("veo", prompt)
    assert (clip["errorCode"], clip["successFlag"]) == (code, veo_flag)
    runway = wire.finish("runway", prompt)
    assert (runway["state"], runway["failCode"], runway["videoInfo"]) == ("fail", code or "", None)
    job = wire.finish("market", prompt)
    assert (job["state"], job["failCode"], job["resultJson"], job["creditsConsumed"]) == ("fail", fail_code, "", 0.0)
    if name == "internal_error":
        assert image["errorMessage"] == "Internal Error"
    entries = [task for task in wire.ledger()["tasks"] if task["prompt"] == prompt]
    assert [task["refunded"] for task in entries] == [6.0, 60.0, 12.0, 42.0]


def test_slow_and_stuck(wire: Wire) -> None:
    slow = wire.create("veo", "a boat [fault:slow=700]")
    stuck = wire.create("veo", "a boat [fault:stuck]")
    wire.clock.advance(699)
    assert wire.record("veo", slow)["response"] is None
    wire.clock.advance(2)
    assert wire.record("veo", slow)["response"]["resultUrls"]
    assert wire.record("veo", stuck)["successFlag"] == 0


RECORDS: dict[str, tuple[str, Callable[[dict[str, Any]], bool]]] = {
    "urls_json_string": ("veo", lambda d: json.loads(d["response"]["resultUrls"])[0].startswith("http")),
    "urls_bracket": ("veo", lambda d: d["response"]["resultUrls"].startswith("[http")),
    "urls_plain": ("veo", lambda d: d["response"]["resultUrls"].startswith("http")),
    "urls_objects": ("market", lambda d: json.loads(d["resultJson"])["resultUrls"][0]["url"].startswith("http")),
    "urls_snake": ("gpt4o", lambda d: d["response"]["result_urls"][0].startswith("http")),
    "response_as_string": ("gpt4o", lambda d: "resultUrls" in json.loads(d["response"])),
    "flag_string": ("veo", lambda d: d["successFlag"] == "1"),
    "flag_true": ("gpt4o", lambda d: d["successFlag"] is True),
    "state_upper": ("runway", lambda d: d["state"] == "SUCCESS"),
    "progress_null": ("gpt4o", lambda d: d["progress"] is None),
    "progress_absent": ("gpt4o", lambda d: "progress" not in d),
    "times_as_text": ("veo", lambda d: len(d["completeTime"]) == len("2026-10-01 00:00:00")),
    "expired": ("runway", lambda d: d["expireFlag"] == 1 and d["state"] == "success"),
}
RUNNING: dict[str, tuple[str, Callable[[dict[str, Any]], bool]]] = {
    "unknown_state": ("market", lambda d: d["state"] == "polishing"),
    "progress_100": ("gpt4o", lambda d: d["progress"] == "100"),
    "progress_50": ("market", lambda d: d["progress"] == 50),
}


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_shapes_of_finished_records(wire: Wire, name: str) -> None:
    family, holds = RECORDS[name]
    record = wire.finish(family, f"a boat [fault:{name}]")
    assert holds(record), record


@pytest.mark.parametrize("name", sorted(RUNNING))
def test_shapes_of_running_records(wire: Wire, name: str) -> None:
    family, holds = RUNNING[name]
    task_id = wire.create(family, f"a boat [fault:{name}]")
    wire.clock.advance(5)
    record = wire.record(family, task_id)
    assert holds(record), record
    if name == "unknown_state":
        clip = wire.create("veo", f"a boat [fault:{name}]")
        wire.clock.advance(10)
        assert wire.record("veo", clip)["successFlag"] == 7


def test_success_may_come_before_its_link(wire: Wire) -> None:
    task_id = wire.create("market", "a boat [fault:success_without_url=2]")
    wire.clock.advance(30)
    links = [json.loads(wire.record("market", task_id)["resultJson"])["resultUrls"] for _ in range(3)]
    assert links[:2] == [[], []] and links[2]


def _link(wire: Wire, name: str) -> str:
    record = wire.finish("gpt4o", f"a boat [fault:{name}]")
    return str(record["response"]["resultUrls"][0])


def test_download_faults(wire: Wire) -> None:
    assert wire.get(_link(wire, "dead_link")).status_code == 404
    assert wire.get(_link(wire, "expired")).status_code == 404
    link = _link(wire, "download_503")
    assert [wire.get(link).status_code for _ in range(3)] == [503, 503, 200]
    assert wire.get(_link(wire, "download_html")).headers["content-type"].startswith("text/html")
    assert wire.get(_link(wire, "download_empty")).content == b""
    away = wire.get(_link(wire, "download_away"), allow_redirects=False)
    assert (away.status_code, away.headers["location"][:22]) == (302, "http://169.254.169.254")
    odd = wire.get(_link(wire, "wrong_type"))
    assert odd.headers["content-type"].startswith("text/plain") and odd.content.startswith(b"\x89PNG")
    link = _link(wire, "wrong_extension")
    assert link.endswith(".gif") and wire.get(link).content.startswith(b"\x89PNG")


def test_a_download_may_break_off_once_and_one_may_trickle(wire: Wire) -> None:
    link = _link(wire, "download_truncated")
    with pytest.raises(requests.exceptions.RequestException):
        wire.get(link)
    assert wire.get(link).content.startswith(b"\x89PNG")
    link = _link(wire, "download_slow=0.4")
    began = time.monotonic()
    assert wire.get(link).content.startswith(b"\x89PNG")
    assert time.monotonic() - began >= 0.35


UPLOAD = {"base64Data": "aGVsbG8=", "uploadPath": "images", "fileName": "hello.png"}


def test_upload_faults(wire: Wire) -> None:
    def send(name: str) -> requests.Response:
        return wire.post("/api/file-base64-upload", json=UPLOAD, headers={"X-Sandbox-Fault": f"{name}=always"})

    for name, status in (("upload_500", 500), ("upload_401", 401)):
        response = send(name)
        assert (response.status_code, response.json()["success"]) == (status, False)
    with pytest.raises(requests.ConnectionError):
        send("upload_reset")
    lost = send("upload_lost").json()
    assert lost["success"] is True
    assert wire.get(lost["data"]["downloadUrl"]).status_code == 404


@pytest.fixture
def clear_faults(wire: Wire) -> Iterator[None]:
    yield
    wire.set_faults()


def test_faults_for_everybody_are_switched_at_run_time(wire: Wire, clear_faults: None) -> None:
    task_id = wire.create("veo", "a plain boat")
    wire.set_faults("html502=always")
    assert wire.look("veo", task_id).status_code == 502
    assert wire.get("/_sandbox/faults").json()["faults"] == ["html502=always"]
    wrong = wire.post("/_sandbox/faults", json={"faults": ["no_such_fault"]})
    assert (wrong.status_code, wire.look("veo", task_id).status_code) == (422, 502)
    assert wire.post("/_sandbox/faults", data='{"faults": []}').status_code == 415
    wire.set_faults()
    assert wire.look("veo", task_id).status_code == 200
    known = wire.get("/_sandbox/faults").json()["known"]
    assert {fault["name"] for fault in known} == set(BY_NAME)


def test_dice_fall_alike_in_every_run(open_wire: Callable[..., Wire]) -> None:
    def run(seed: int) -> list[int]:
        wire = open_wire(seed=seed, faults=("html502:0.5", "fail:0.5"))
        ids = [wire.create("veo", f"boat {number}") for number in range(6)]
        polls = [wire.look("veo", task_id).status_code for task_id in ids for _ in range(3)]
        wire.clock.advance(60)
        return polls + [task["state"] == "fail" for task in wire.ledger()["tasks"]]

    first = run(1)
    assert first == run(1)
    assert first != run(2)
    assert 200 in first and 502 in first and True in first and False in first


def test_a_header_strikes_one_request(wire: Wire) -> None:
    task_id = wire.create("veo", "a boat looked at")
    struck = wire.get(RECORD["veo"], params={"taskId": task_id}, headers={"X-Sandbox-Fault": "html502"})
    assert struck.status_code == 502
    assert wire.look("veo", task_id).status_code == 200


def test_every_switch_has_a_test_here() -> None:
    callbacks = {fault.name for fault in FAULTS if fault.scope is Scope.CALLBACK}  # see test_sandbox_callbacks.py
    text = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in BY_NAME if name not in callbacks and name not in text] == []
