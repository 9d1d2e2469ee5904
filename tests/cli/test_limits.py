"""`limits`, and what they refuse."""

from __future__ import annotations

import pytest

from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.cli.conftest import Cli


def test_limits_are_set_listed_and_lifted(cli: Cli) -> None:
    assert "There are no spending limits" in cli("limits").err
    assert cli("limits", "set", "day", "500").code == 0
    listed = cli("limits", "set", "task", "2.5", "--usd").out.splitlines()
    assert listed[0].split() == ["task", "all", "tasks", "$2.50"]
    assert listed[1].startswith("day") and "500 credits left until" in listed[1] and listed[1].endswith("UTC")
    items = cli("limits", "list", "--json").document["items"]
    assert [(each["scope"], each["credits"], each["usd"]) for each in items] == [
        ("task", None, 2.5),
        ("day", 500, None),
    ]
    assert "There was no such limit" in cli("limits", "lift", "month").err
    assert len(cli("limits", "lift", "day").out.splitlines()) == 1


def test_a_wrong_limit_changes_nothing(cli: Cli) -> None:
    for arguments in (("day", "-1"), ("day", "nan"), ("day", "5", "--token", "mine"), ("week", "5"), ("day", "much")):
        assert cli("limits", "set", *arguments).code == 2, arguments
    assert cli("limits", "--json").document["items"] == []


def test_a_task_over_the_limit_is_not_queued(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, sandbox: EmbeddedSandbox
) -> None:
    url = sandbox.base_url or ""
    for name, value in {"KIE_API_KEY": "a-key-of-kie", "KIE_API_URL": url, "KIE_UPLOAD_URL": url}.items():
        monkeypatch.setenv(name, value)
    cli("limits", "set", "task", "5")
    assert "Limit for one task: 5 credits. This costs more." in cli("quote", "a boat", "-m", "gpt4o-image").out
    refused = cli("generate", "a boat", "-m", "gpt4o-image", "--json")
    assert refused.code == 1 and refused.document["error"]["code"] == "limit_reached"
    assert cli("list", "--json").document["items"] == []
