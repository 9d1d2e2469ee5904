"""What was spent, on the command line."""

from __future__ import annotations

import csv
from io import StringIO

import pytest

from kaimedia.domain import utc_now
from tests.cli.conftest import Cli


def test_nothing_was_spent_yet(cli: Cli) -> None:
    result = cli("spending")
    assert result.code == 0 and "spent     0 credits, 0 tasks" in result.out
    assert "Nothing was spent on these days." in result.err


@pytest.mark.slow
def test_spending_as_lines_json_and_csv(cli: Cli) -> None:
    assert cli("generate", "a boat", "--wait").code == 0
    lines = cli("spending", "--by", "model", "--since", "today").out.splitlines()
    assert lines[0] == "provider  the sandbox (free: nothing was charged)"
    assert lines[-1].split() == ["6", "credits", "1", "tasks", "GPT-4o", "Image"]
    document = cli("spending", "--json", "--by", "kind").document
    assert [(item["key"], item["credits"], item["tasks"]) for item in document["items"]] == [("image", 6.0, 1)]
    (row,) = csv.DictReader(StringIO(cli("spending", "--csv").out))
    assert (row["day"], row["model"], row["credits"]) == (utc_now().date().isoformat(), "gpt4o-image", "6.0")


@pytest.mark.parametrize(
    "options",
    [
        ("--since", "soon"),
        ("--time-zone", "Mars"),
        ("--csv", "--json"),
        ("--since", "2026-02-02", "--until", "2026-02-01"),
    ],
)
def test_wrong_options_are_refused(cli: Cli, options: tuple[str, ...]) -> None:
    assert cli("spending", *options).code == 2
