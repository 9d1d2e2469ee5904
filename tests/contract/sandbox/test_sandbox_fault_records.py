"""Fault switches that change a record, a download or an upload, seen from the wire."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.contract.sandbox.wire import Wire

FAILURES: dict[str, tuple[int | None, int, int, str]] = {
    # switch: 4o's errorCode and flag, Veo's flag, the jobs' failCode
    "policy": (400, 2, 2, "422"),
    "fail": (500, 3, 2, "500"),
    "fail_501": (501, 3, 3, "501"),
    "fail_408": (408, 3, 3, "408"),
    "internal_error": (None, 3, 3, "500"),
    "flag3": (500, 3, 3, "500"),
}


def test_malformed_envelopes_of_the_real_record(wire: Wire) -> None:
    def reply(name: str) -> dict[str, Any]:
        task_id = wire.create("gpt4o", f"a boat [fault:{name}]")
        envelope: dict[str, Any] = wire.poll("gpt4o", task_id).json()
        return envelope

    odd = reply("code_505_with_data")
    assert (odd["code"], odd["msg"], odd["data"]["successFlag"]) == (505, "success", 0)
    assert reply("code_as_string")["code"] == "200"
    assert json.loads(reply("data_as_string")["data"])["successFlag"] == 0
    flat = reply("no_envelope")
    assert "data" not in flat and flat["successFlag"] == 0


@pytest.mark.parametrize("name", sorted(FAILURES))
def test_failures_have_each_familys_message_and_are_refunded(wire: Wire, name: str) -> None:
    code, flag, veo_flag, fail_code = FAILURES[name]
    prompt = f"a boat [fault:{name}]"
    image = wire.finish("gpt4o", prompt)
    assert (image["errorCode"], image["successFlag"], image["progress"]) == (code, flag, "0.00")
    assert image["status"] == ("CREATE_TASK_FAILED" if flag == 2 else "GENERATE_FAILED")
    assert image["errorMessage"] and image["response"] is None
    video = wire.finish("veo", prompt)
    assert (video["errorCode"], video["successFlag"]) == (code, veo_flag)
    runway = wire.finish("runway", prompt)
    assert (runway["state"], runway["failCode"], runway["videoInfo"]) == ("fail", code or "", None)
    job = wire.finish("market", prompt)
    assert (job["state"], job["failCode"], job["resultJson"], job["creditsConsumed"]) == ("fail", fail_code, "", 0.0)
    if name == "internal_error":
        assert image["errorMessage"] == "Internal Error"
    entries = [task for task in wire.accounts()["tasks"] if task["prompt"] == prompt]
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
    "urls_works": ("veo", lambda d: d["response"]["works"][0]["resource"]["resource"].startswith("http")),
    "links_extra": ("gpt4o", lambda d: len(set(d["response"]["resultUrls"])) == 21),
    "record_of_another": ("veo", lambda d: d["taskId"] not in d["response"]["resultUrls"][0]),
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
        video = wire.create("veo", f"a boat [fault:{name}]")
        wire.clock.advance(10)
        assert wire.record("veo", video)["successFlag"] == 7


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


def test_files_that_are_not_what_was_ordered(wire: Wire) -> None:
    plain = wire.get(_link(wire, "odd_encoding"))
    assert plain.headers["content-encoding"] == "aws-chunked" and plain.content.startswith(b"\x89PNG")
    packed = wire.get(_link(wire, "gzip_encoding"))
    assert packed.headers["content-encoding"] == "gzip" and packed.content.startswith(b"\x89PNG")
    assert b"IEND" not in wire.get(_link(wire, "file_cut")).content
    assert wire.get(_link(wire, "file_avif")).content[4:12] == b"ftypavif"
    assert wire.get(_link(wire, "file_tiff")).content.startswith(b"II*\x00")


def test_a_link_may_want_to_be_signed(wire: Wire) -> None:
    link = _link(wire, "unsigned_link")
    signed = wire.post("/api/v1/common/download-url", json={"url": link}).json()["data"]
    assert (wire.get(link).status_code, wire.get(signed).status_code) == (403, 200)


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
