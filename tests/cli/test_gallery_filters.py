"""`list media`: the gallery's other views and its dates."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from kaimedia.cli import dates
from kaimedia.errors import InvalidRequest
from tests.cli.conftest import Cli


@pytest.fixture(params=["UTC", "America/New_York", "Pacific/Auckland"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run the test in several time zones."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def _listed(cli: Cli, *options: str) -> list[str]:
    return [item["prompt"] for item in cli("list", "media", *options, "--json").document["items"]]


def test_each_view_holds_its_own(cli: Cli) -> None:
    cli("generate", "a boat", "--wait")
    cli("generate", "no luck [fault:fail]", "--wait")
    item = cli("generate", "thrown away", "--wait", "--json").document["media_ids"][0]
    cli("delete", str(item))
    cli("generate", "in line")
    assert _listed(cli) == _listed(cli, "--view", "finished") == ["a boat"]
    assert _listed(cli, "--view", "failed") == ["no luck [fault:fail]"]
    assert _listed(cli, "--view", "working") == ["in line"]
    assert _listed(cli, "--view", "trash") == ["thrown away"]
    assert _listed(cli, "--view", "working", "--type", "video") == []
    assert "  failed  " in cli("list", "media", "--view", "failed").out
    assert "  pending  " in cli("list", "media", "--view", "working").out
    failed = cli("list", "media", "--view", "failed", "--json").document["items"][0]
    shown = cli("get", str(failed["id"])).out
    assert f"error     {failed['error']}"[:40] in shown and "file      –" in shown


def test_dates_bound_the_gallery(cli: Cli, zone: str) -> None:
    cli("generate", "a boat", "--wait")
    for options in (("--since", "today"), ("--since", "7d", "--until", "today"), ("--until", "9998-12-31")):
        assert _listed(cli, *options) == ["a boat"], (zone, options)
    for options in (("--until", "yesterday"), ("--since", "9998-12-31"), ("--until", "2020-01-01T00:00:00Z")):
        assert _listed(cli, *options) == [], (zone, options)
    moment = datetime.now(UTC) - timedelta(hours=1)
    assert _listed(cli, "--since", moment.isoformat()) == ["a boat"]
    assert _listed(cli, "--until", moment.isoformat()) == []


def test_a_day_is_whole_and_this_machines(zone: str) -> None:
    begins, ends = dates.since("2026-03-31"), dates.until("2026-03-31")
    assert ends - begins == timedelta(days=1)
    assert begins.astimezone().strftime("%Y-%m-%d %H:%M") == "2026-03-31 00:00"
    assert dates.since("2026-03-31T10:00:00+02:00") == datetime(2026, 3, 31, 8, tzinfo=UTC)
    assert dates.since("2026-03-31T10:00").astimezone().hour == 10
    assert dates.until("yesterday") == dates.since("today") == dates.since("1d")
    assert dates.since("today") - dates.since("3d") in [timedelta(days=2, hours=more) for more in (-1, 0, 1)]


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "31.3.2026", "2026-02-30", "20260331", "1743379200", "0000-01-01", "9999-12-31", "99999d0"]
)
def test_what_is_no_date_is_named(cli: Cli, text: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        dates.until(text)
    assert raised.value.field == "until"
    refused = cli("list", "media", "--until", text, "--json")
    assert refused.code == 2 and refused.document["error"]["field"] == "until"
    assert "2026-03-31" in refused.document["error"]["next_step"]


def test_they_are_the_gallerys(cli: Cli) -> None:
    for name, value in (("view", "failed"), ("since", "today"), ("until", "today")):
        refused = cli("list", "tasks", f"--{name}", value, "--json")
        assert refused.code == 2 and refused.document["error"]["field"] == name
    assert cli("list", "media", "--view", "attic").code == 2
