"""`models --check`, and the marks in `models`."""

from __future__ import annotations

import pytest

from kaimedia.jobs.listed_models import shipped_ids
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.cli.conftest import Cli
from tests.lists import KLING, LUMEN, change_list

N_KNOWN = len(shipped_ids(are_expected=True))


def test_the_lists_agree(cli: Cli) -> None:
    result = cli("models", "--check")
    assert result.code == 0, result.err
    assert result.out == f"The sandbox lists {N_KNOWN} models that are known here\n"
    assert "No differences between this app and the sandbox." in result.err


def test_differences_are_printed_and_marked(cli: Cli, sandbox: EmbeddedSandbox) -> None:
    change_list(sandbox, removed=(KLING,), lumen_2=KLING)
    checked = cli("models", "--check")
    assert checked.out.splitlines()[1:] == [f"new      {LUMEN}", f"missing  {KLING}"]
    rows = {row.split()[0]: row for row in cli("models").out.splitlines()}
    assert rows[LUMEN].endswith("Not yet known here") and "not listed" in rows[LUMEN]
    assert "No longer in kie.ai’s list since " in rows["kling-2.5-turbo"]
    document = cli("models", "--check", "--json").document
    assert document.pop("checked_at").endswith("Z")
    assert document == {"provider": "sandbox", "known": N_KNOWN - 1, "new": [LUMEN], "missing": [KLING]}
    listed = {item["id"]: item["listing"] for item in cli("models", "--json").document["items"]}
    assert listed[LUMEN]["state"] == "new" and listed["kling-2.5-turbo"]["missing_ids"] == [KLING]


def test_a_failed_comparison_is_an_error(cli: Cli, sandbox: EmbeddedSandbox) -> None:
    change_list(sandbox, removed=tuple(shipped_ids()))
    failed = cli("models", "--check")
    assert failed.code == 1 and "none of the models known here" in failed.err and failed.out == ""


def test_the_doctor_shows_how_old_the_comparison_is(
    cli: Cli, sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIE_API_KEY", "a-key-of-kie")
    monkeypatch.setenv("KIE_API_URL", sandbox.base_url or "")

    def shown_detail() -> str:
        findings = {finding["what"]: finding for finding in cli("doctor", "--json").document["findings"]}
        assert findings["model list"]["is_well"]
        return str(findings["model list"]["detail"])

    cli("list")
    assert shown_detail() == "not compared with kie.ai’s yet; that happens once a day while the app runs with a key"
    cli("models", "--check")
    assert shown_detail() == "last compared with kie.ai’s 0 h ago"
    change_list(sandbox, removed=tuple(shipped_ids()))
    cli("models", "--check")
    assert shown_detail().startswith("last compared with kie.ai’s 0 h ago; the last try failed: ")
