"""Every row of the wire's tables: states, links, progress, times, codes, envelopes."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from kaimedia import errors
from kaimedia.models import catalogue
from kaimedia.providers.kie.families.codecs import codec_of
from kaimedia.providers.kie.parsing import envelope, links, progress, reading

TABLES = Path(__file__).parents[2] / "recordings" / "tables"
USED = {"states", "links", "progress", "times", "envelopes", "creates", "polls"}


def rows(name: str) -> list[Any]:
    table = json.loads((TABLES / f"{name}.json").read_text("utf-8"))
    assert table["source"], name
    return [
        pytest.param(case, id=f"{number}-{case.get('name', case.get('value'))}"[:80].replace(" ", "_"))
        for number, case in enumerate(table["cases"])
    ]


def test_every_table_is_used() -> None:
    assert {path.stem for path in TABLES.glob("*")} == USED


@pytest.mark.parametrize("case", rows("states"))
def test_states(case: dict[str, Any]) -> None:
    spec = catalogue.get(case["model"])
    body = json.dumps({"code": 200, "msg": "success", "data": case["data"]}).encode()
    report = codec_of(spec).parse(envelope.read(200, body), spec)
    assert report.state == case["state"]
    assert list(report.result_urls) == case.get("urls", [])
    for name in ("is_running", "lacks_result"):
        if name in case:
            assert getattr(report, name) is case[name]
    assert not report.is_transient
    assert (report.fault is None) == (case["state"] != "failed")


@pytest.mark.parametrize("case", rows("links"))
def test_links(case: dict[str, Any]) -> None:
    assert list(links.result_links(case["record"], is_video=case["is_video"])) == case["urls"]


@pytest.mark.parametrize("case", rows("progress"))
def test_progress(case: dict[str, Any]) -> None:
    reader = {"fraction": progress.fraction, "percent": progress.percent}[case["reader"]]
    found = reader(case["value"])
    assert found == (None if case["progress"] is None else pytest.approx(case["progress"]))


@pytest.mark.parametrize("case", rows("times"))
def test_times(case: dict[str, Any]) -> None:
    expected = None if case["time"] is None else datetime.fromisoformat(case["time"])
    assert reading.read_time(case["value"]) == expected


@pytest.mark.parametrize("case", rows("envelopes"))
def test_envelopes(case: dict[str, Any]) -> None:
    found = envelope.read(200, case["body"].encode())
    for name in ("is_json", "code", "message", "has_data", "data"):
        if name in case:
            assert getattr(found, name) == case[name], name
    assert len(found.text_excerpt) <= 300


@pytest.mark.parametrize("case", rows("creates"))
def test_creates(case: dict[str, Any]) -> None:
    body = case["text"].encode() if "text" in case else json.dumps(case["body"]).encode()
    reply = envelope.read(case.get("http_status", 200), body, retry_after_s=7.0)
    kind, _, task_id = case["outcome"].partition(":")
    if kind == "id":
        assert envelope.accepted_id(reply) == task_id
        return
    with pytest.raises(getattr(errors, kind)) as caught:
        envelope.accepted_id(reply, label="Sora 2")
    error = caught.value
    assert type(error) is getattr(errors, kind)
    assert error.message.endswith((".", "”")) and error.next_step
    assert case.get("says", "") in error.message
    if kind == "RateLimited":
        assert error.retry_after_s == 7.0
    words = (case.get("body") or {}).get("msg")
    if words and words != "success":
        assert words in error.message  # the provider's own words stay


@pytest.mark.parametrize("case", rows("polls"))
def test_polls(case: dict[str, Any]) -> None:
    spec = catalogue.get(case["model"])
    body = case["body"].encode() if isinstance(case["body"], str) else json.dumps(case["body"]).encode()
    report = codec_of(spec).parse(envelope.read(case["http_status"], body), spec)
    assert report.state == case["state"]
    assert list(report.result_urls) == case.get("urls", [])
    for name in ("is_running", "is_transient", "is_missing", "is_empty", "fault"):
        if name in case:
            assert getattr(report, name) == case[name], name
    assert case.get("says", "") in (report.message or "")
    if case["state"] == "failed":
        assert report.message and report.message.endswith((".", "”"))


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (
            "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
            "502 Bad Gateway",
        ),
        ("<title>Oops</title><p>Try later</p>", "Oops Try later"),
        ("<TITLE>\n</TITLE ><p>Try later</p>", "Try later"),
        ("upstream timed out", "upstream timed out"),
    ],
)
def test_what_a_gateways_page_repeats_is_quoted_once(page: str, text: str) -> None:
    assert envelope.read(502, page.encode()).text_excerpt == text
