"""`batch`, `batches` and `compare`: many tasks at once, at a terminal and in scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.studio import BatchPrice
from kaimedia.studio.batches import BatchService
from tests.cli.conftest import Cli, sandbox_tasks
from tests.cli.test_task_actions import Terminal


@pytest.fixture
def prompts(tmp_path: Path) -> str:
    """A file with three prompts in two lines."""
    file = tmp_path / "prompts.txt"
    file.write_text("a {red|blue} boat\n\na kite\n", encoding="utf-8")
    return str(file)


def made(cli: Cli, *arguments: str) -> Any:
    answer = cli("batch", *arguments, "--yes", "--json")
    assert answer.code == 0, answer.err
    return answer.document


def test_lines_become_a_batch(cli: Cli, prompts: str) -> None:
    document = made(cli, prompts, "-m", "gpt4o-image", "-n", "2", "--style", "film-still")
    assert (document["total"], document["name"], document["credits_estimated"]) == (3, "prompts.txt", 36.0)
    texts = [task["prompt"] for task in document["tasks"]]
    assert [text.partition(".")[0] for text in texts] == ["a red boat", "a blue boat", "a kite"]
    assert {task["batch_id"] for task in document["tasks"]} == {document["id"]}


def test_the_plan_is_shown_and_nothing_sent_without_a_yes(
    cli: Cli, prompts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = cli("batch", prompts, "-m", "gpt4o-image")
    assert answer.code == 2 and "Submit 3 tasks in the sandbox, free of charge?" in answer.err and "--yes" in answer.err
    monkeypatch.setattr("tests.cli.conftest.StringIO", Terminal)
    answer = cli("batch", prompts, "-m", "gpt4o-image", stdin="n\n")
    assert answer.code == 2 and "a blue boat" in answer.err
    assert cli("batches").out == "There are no batches.\n"
    answer = cli("batch", prompts, "-m", "gpt4o-image", stdin="y\n")
    assert answer.code == 0 and "0 of 3 done, 3 not sent" in answer.out


def test_a_table_and_seeds(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "shots.csv"
    file.write_text("prompt;model;aspect_ratio\na boat;;\na kite;ideogram-v3;\n", encoding="utf-8")
    document = made(cli, str(file), "-m", "ideogram-v3", "--seeds", "2", "--name", "Shots")
    assert [task["prompt"] for task in document["tasks"]] == ["a boat", "a boat", "a kite", "a kite"]
    assert [(each["provider"], each["tasks"]) for each in document["costs"]] == [("sandbox", 4)]
    assert document["name"] == "Shots" and {task["model"] for task in document["tasks"]} == {"ideogram-v3"}
    file.write_text("prompt,variants\na boat,9\n", encoding="utf-8")
    answer = cli("batch", str(file), "-m", "gpt4o-image", "--yes", "--json")
    assert answer.code == 2 and answer.document["error"]["detail"].startswith("Row 2, variants: ")


def test_the_same_key_is_the_same_batch(cli: Cli, prompts: str) -> None:
    first = made(cli, prompts, "-m", "gpt4o-image", "--once", "k1")
    assert made(cli, prompts, "-m", "gpt4o-image", "--once", "k1")["id"] == first["id"]
    answer = cli("batch", prompts, "-m", "gpt4o-image", "--once", "k1", "--name", "other", "--yes", "--json")
    assert answer.code == 2 and answer.document["error"]["code"] == "idempotency_conflict"


def test_waiting_for_the_end(cli: Cli, prompts: str, sandbox: EmbeddedSandbox) -> None:
    answer = cli("batch", prompts, "-m", "gpt4o-image", "--yes", "--wait", "--json")
    assert answer.code == 0, answer.err
    assert answer.document["completed"] == 3 and not answer.document["is_active"]
    assert all(len(task["result_urls"]) == 1 for task in answer.document["tasks"])
    assert "3 of 3 done" in answer.err and len(sandbox_tasks(sandbox)) == 3


def test_the_exit_code_says_that_one_failed(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    file.write_text("a boat\na kite [fault:fail]\n", encoding="utf-8")
    answer = cli("batch", str(file), "-m", "gpt4o-image", "--yes", "--wait", "--quiet", "--json")
    assert (answer.code, answer.document["completed"], answer.document["failed"]) == (1, 1, 1)


def test_pause_resume_and_stop(cli: Cli, prompts: str, sandbox: EmbeddedSandbox) -> None:
    batch_id = str(made(cli, prompts, "-m", "gpt4o-image")["id"])
    assert "3 not sent, paused" in cli("batches", "pause", batch_id).out
    assert [task["hold_code"] for task in cli("batches", "show", batch_id, "--json").document["tasks"]] == [
        "paused"
    ] * 3
    assert "paused" in cli("batches", "show", batch_id).out
    assert "paused" not in cli("batches", "resume", batch_id).out
    assert "Cancel 3 unsent tasks?" in cli("batches", "stop", batch_id).err
    assert "3 canceled" in cli("batches", "stop", batch_id, "--yes").out
    assert cli("batches", "list", "--json").document["items"][0]["canceled"] == 3
    assert cli("batches", "pause", batch_id).code == 1 and cli("batches", "stop", "99", "--yes").code == 4
    assert sandbox_tasks(sandbox) == []


def test_a_comparison(cli: Cli) -> None:
    answer = cli("compare", "a kite", "--models", "gpt4o-image, ideogram-v3", "--blind", "--yes", "--json")
    assert answer.code == 0, answer.err
    document = answer.document
    assert (document["kind"], document["is_blind"]) == ("comparison", True)
    assert [task["model"] for task in document["tasks"]] == ["gpt4o-image", "ideogram-v3"]
    assert cli("compare", "a kite", "--models", "gpt4o-image", "--yes").code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("no-such-file.txt",), "cannot be read"),
        (("-",), "There is no prompt"),
        (("-", "--csv"), "The first row must name the columns"),
    ],
)
def test_what_cannot_be_read(cli: Cli, arguments: tuple[str, ...], said: str) -> None:
    answer = cli("batch", *arguments, "-m", "gpt4o-image", "--yes", stdin="\n")
    assert answer.code == 2 and said in answer.err


def test_one_task_is_counted_as_one(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    file.write_text("a boat\n", encoding="utf-8")
    answer = cli("batch", str(file), "-m", "gpt4o-image")
    assert answer.code == 2 and "Submit 1 task in" in answer.err
    answer = cli("batches", "stop", str(made(cli, str(file), "-m", "gpt4o-image")["id"]))
    assert answer.code == 2 and "Cancel 1 unsent task?" in answer.err


def test_a_price_that_changes_during_the_question_is_not_confirmed(
    cli: Cli, prompts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.cli.conftest.StringIO", Terminal)
    totals = iter((6.0, 60.0))
    monkeypatch.setattr(BatchService, "prices", lambda self, requests: {"kie": BatchPrice(3, next(totals), 0)})
    answer = cli("batch", prompts, "-m", "gpt4o-image", stdin="y\n")
    assert answer.code == 2 and "for about 6 credits?" in answer.err and "The price has changed" in answer.err
    assert cli("batches").out == "There are no batches.\n"
