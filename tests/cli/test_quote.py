"""`quote`: prices without sending anything."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli


def test_one_request(cli: Cli) -> None:
    answer = cli("quote", "-m", "veo3_fast", "--json")
    assert answer.code == 0, answer.err
    (item,), (total,) = answer.document["items"], answer.document["totals"]
    assert item["cost"] == {"credits_low": 60.0, "credits_high": 60.0, "usd_low": 0.3, "usd_high": 0.3}
    assert (total["provider"], total["tasks"], total["is_free"]) == ("sandbox", 1, True)
    shown = cli("quote", "-m", "seedance-2.0", "--duration=-1", "--set", "resolution=480p")
    assert "76–285 credits ($0.38–$1.43)" in shown.out
    assert "It depends on the length that the model chooses." in shown.out
    assert "1 task in the sandbox: free of charge" in shown.out
    assert cli("list", "tasks", "--json").document["items"] == []


def test_a_file_of_prompts(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    file.write_text("a {red|blue} boat\n\na kite\n", encoding="utf-8")
    document = cli("quote", "--file", str(file), "-m", "ideogram-v3", "--seeds", "2", "--json").document
    assert len(document["items"]) == document["totals"][0]["tasks"] == 6


def test_a_wrong_value_is_refused(cli: Cli) -> None:
    answer = cli("quote", "-m", "veo3_fast", "-d", "99")
    assert answer.code == 2 and "99" in answer.err
