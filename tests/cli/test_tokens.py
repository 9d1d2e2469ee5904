"""`tokens`: list, create, revoke."""

from __future__ import annotations

from tests.cli.conftest import Cli


def test_tokens_are_created_listed_and_revoked(cli: Cli) -> None:
    assert "There are no API tokens" in cli("tokens").err
    made = cli("tokens", "create", "an agent", "--scope", "generate", "--limit-per-month", "50", "--json").document
    assert made["token"].startswith("kaim_") and made["scopes"] == ["read", "generate"]
    printed = cli("tokens", "create", "a script")
    assert printed.out.strip().startswith("kaim_") and "Copy it now" in printed.err
    listed = cli("tokens").out
    assert made["token"] not in listed and "an agent" in listed and "never used" in listed
    items = cli("tokens", "list", "--json").document["items"]
    assert [each["name"] for each in items] == ["a script", "an agent"]
    (limit,) = cli("limits", "--json").document["items"]
    assert (limit["scope"], limit["credits"], limit["token_id"]) == ("month", 50, made["token_id"])
    assert "an agent" not in cli("tokens", "revoke", made["token_id"]).out
    assert cli("tokens", "revoke", made["token_id"]).code == 4


def test_wrong_input_creates_nothing(cli: Cli) -> None:
    for arguments in (("",), ("x" * 61,), ("a", "--scope", "all"), ("a", "--limit-per-month", "-1")):
        assert cli("tokens", "create", *arguments).code == 2, arguments
    assert cli("tokens", "--json").document["items"] == []
