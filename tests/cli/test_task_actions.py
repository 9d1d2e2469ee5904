"""`cancel`, `retry`, `resolve`, `dismiss`: the rules of the Generate page, at a terminal and in scripts."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from io import StringIO
from subprocess import Popen
from typing import Any

import pytest

from kaimedia.__main__ import main
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.cli.conftest import Answer, Cli, sandbox_tasks

NOBODY = "0" * 32
LOST = "a boat [fault:create_accepted_reset]"


class Terminal(StringIO):
    """stdin of a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def at_terminal(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """Runs a command at a terminal where the user types `answer`."""

    def run(answer: str, *arguments: str) -> Answer:
        monkeypatch.setattr("tests.cli.conftest.StringIO", Terminal)
        try:
            return cli(*arguments, stdin=answer)
        finally:
            monkeypatch.setattr("tests.cli.conftest.StringIO", StringIO)

    return run


def _queued(cli: Cli, prompt: str = "a boat") -> str:
    return str(cli("generate", prompt, "--json").document["task_id"])


def _sent(cli: Cli, prompt: str = "a boat [fault:slow=9000]") -> str:
    """The id of a task that the provider has accepted and that runs for a long time."""
    task = cli("generate", prompt, "--wait", "--timeout", "1.5", "--json").document
    assert task["provider_task_id"] and task["status"] == "processing", task
    return str(task["task_id"])


def _lost(cli: Cli) -> str:
    task = cli("generate", LOST, "--wait", "--json").document
    assert task["error_code"] == "outcome_unknown"
    return str(task["task_id"])


def _task(cli: Cli, task_id: str) -> Any:
    return cli("get", task_id, "--json").document


def test_what_is_not_sent_is_canceled_without_a_question(cli: Cli, sandbox: EmbeddedSandbox) -> None:
    first, second = _queued(cli), _queued(cli)
    outcome = cli("cancel", first)
    assert (outcome.code, outcome.out, outcome.err) == (0, f"{first}  canceled; nothing was charged\n", "")
    found = cli("cancel", second, second, "--json").document
    assert [(task["task_id"], task["error_code"], task["may_have_cost"]) for task in found["tasks"]] == [
        (second, "cancelled", False)
    ]
    assert found["errors"] == [] and "error" not in found
    cli("generate", "a kite", "--wait")
    assert [task["prompt"] for task in sandbox_tasks(sandbox)] == ["a kite"]


def test_a_sent_task_is_no_longer_tracked_only_after_confirmation(cli: Cli, at_terminal: Callable[..., Answer]) -> None:
    sent = _sent(cli)
    for refused in (cli("cancel", sent), at_terminal("n\n", "cancel", sent), at_terminal("", "cancel", sent)):
        assert refused.code == 2 and _task(cli, sent)["status"] == "processing"
    error = cli("cancel", sent, "--json").document["error"]
    assert error["field"] == "yes" and "Stop this task?" in error["detail"] and "--stop-tracking" in error["next_step"]
    outcome = at_terminal("y\n", "cancel", sent)
    assert (
        outcome.code == 0
        and "Stop this task?" in outcome.err
        and sent in outcome.err
        and "no longer tracked" in outcome.out
    )
    assert _task(cli, sent)["may_have_cost"] is True

    again = cli("retry", sent)
    assert (again.code, again.out) == (0, f"{sent}  checking again for the result, free of charge\n")
    assert cli("cancel", sent, "--stop-watching", "--json").document["tasks"][0]["status"] == "failed"


def test_one_id_that_fails_stops_no_other(cli: Cli) -> None:
    done = cli("generate", "a boat", "--wait", "--json").document["task_id"]
    queued = _queued(cli)
    outcome = cli("cancel", NOBODY, done, queued, "--json")
    assert outcome.code == 4 and [task["task_id"] for task in outcome.document["tasks"]] == [queued]
    assert [(error["id"], error["code"]) for error in outcome.document["errors"]] == [
        (NOBODY, "not_found"),
        (done, "stale"),
    ]
    assert outcome.document["error"]["code"] == "not_found" and "python -m kaimedia list" in outcome.err
    assert "reload" not in outcome.err.lower()


@pytest.mark.parametrize("command", ["cancel", "retry", "dismiss"])
def test_what_is_no_id_is_refused_before_anything_is_done(cli: Cli, command: str) -> None:
    queued = _queued(cli)
    outcome = cli(command, queued, "12", "--json")
    assert (
        outcome.code == 2
        and outcome.document["error"]["field"] == "id"
        and "“12”" in outcome.document["error"]["detail"]
    )
    assert _task(cli, queued)["phase"] == "queued"
    assert cli(command, NOBODY).code == 4 and cli(command).code == 2


def test_a_retry_is_one_new_task_however_often_it_is_asked_for(cli: Cli, sandbox: EmbeddedSandbox) -> None:
    failed = cli("generate", "a boat [fault:fail]", "--wait", "--json").document
    assert failed["status"] == "failed" and failed["provider_task_id"], failed
    paid = len(sandbox_tasks(sandbox))
    first = cli("retry", failed["task_id"], "--json")
    assert first.code == 0
    (task,) = first.document["tasks"]
    assert task["retry_of"] == failed["task_id"] != task["task_id"] and task["phase"] == "queued"
    assert cli("retry", failed["task_id"]).out.startswith(f"{task['task_id']}  queued, a retry of")
    cli("get", task["task_id"], "--wait")
    assert len(sandbox_tasks(sandbox)) == paid + 1


def test_a_task_that_did_not_fail_is_not_tried_again(cli: Cli) -> None:
    queued = _queued(cli)
    outcome = cli("retry", queued, "--json")
    assert outcome.code == 1 and outcome.document["error"]["code"] == "stale" and outcome.document["tasks"] == []
    assert "get" in outcome.document["error"]["next_step"] and cli("list", "--json").document["total"] == 1


def test_an_unknown_outcome_is_never_sent_again_unasked(
    cli: Cli, at_terminal: Callable[..., Answer], sandbox: EmbeddedSandbox
) -> None:
    lost = _lost(cli)
    assert len(sandbox_tasks(sandbox)) == 1
    refused = cli("retry", lost, "--json")
    assert refused.code == 2 and refused.document["error"]["field"] == "yes"
    assert "you may pay twice" in refused.document["error"]["detail"]
    assert f"resolve {lost}" in refused.document["error"]["next_step"]
    assert at_terminal("no\n", "retry", lost).code == 2
    assert cli("list", "--json").document["total"] == 1 and _task(cli, lost)["error_code"] == "outcome_unknown"
    sent_again = at_terminal("yes\n", "retry", lost)
    assert sent_again.code == 0 and "you may pay twice" in sent_again.err
    assert cli("list", "--json").document["total"] == 2


def test_an_unknown_outcome_is_settled_with_the_id_of_the_provider(cli: Cli, sandbox: EmbeddedSandbox) -> None:
    lost = _lost(cli)
    unknown = cli("resolve", lost, "no-such-task", "--json")
    assert unknown.code == 2 and unknown.document["error"]["field"] == "provider_task_id"
    (paid,) = sandbox_tasks(sandbox)
    found = cli("resolve", lost, paid["task_id"])
    assert (found.code, found.out) == (0, f"{lost}  checking for the result\n")
    assert cli("get", lost, "--wait", "--json").document["status"] == "completed" and len(sandbox_tasks(sandbox)) == 1
    assert cli("resolve", lost, paid["task_id"]).code == 1


def test_what_is_dismissed_is_out_of_sight_and_not_sent(cli: Cli, sandbox: EmbeddedSandbox) -> None:
    lost, queued = _lost(cli), _queued(cli)
    outcome = cli("dismiss", lost, queued)
    assert outcome.code == 1 and outcome.out == f"{lost}  dismissed\n" and queued in outcome.err
    assert len(sandbox_tasks(sandbox)) == 1


def test_beside_a_worker_a_task_is_either_canceled_or_paid(
    cli: Cli, start: Callable[..., Popen[bytes]], sandbox: EmbeddedSandbox
) -> None:
    start("worker")
    unpaid = []
    for number in range(6):
        task_id = _queued(cli, f"boat {number} [fault:slow=9000]")
        time.sleep(0.05 * number)
        outcome = cli("cancel", task_id, "--json")
        if outcome.code == 0:
            assert outcome.document["tasks"][0]["may_have_cost"] is False
            unpaid.append(f"boat {number} [fault:slow=9000]")
        else:
            assert outcome.document["error"]["code"] in ("stale", "invalid_request")
    time.sleep(1.0)
    assert not set(unpaid) & {task["prompt"] for task in sandbox_tasks(sandbox)}


def test_no_stdin_at_all_is_no_answer(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = _lost(cli)
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["retry", lost]) == 2
