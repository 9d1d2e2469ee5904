"""Several commands and a worker at once on one database: each task is paid once, each result is right."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.cli.conftest import Cli, sandbox_tasks
from tests.postgres import fresh_database


def test_commands_beside_a_worker(start: Callable[..., subprocess.Popen[bytes]], sandbox: EmbeddedSandbox) -> None:
    start("worker")
    prompts = [f"boat number {number}" for number in range(5)]
    commands = [start("generate", prompt, "--wait", "--json") for prompt in prompts]
    for prompt, command in zip(prompts, commands, strict=True):
        out, err = command.communicate(timeout=120)
        assert command.returncode == 0, err
        result = json.loads(out)
        assert (result["prompt"], result["status"], len(result["result_urls"])) == (prompt, "completed", 1)
    assert sorted(task["prompt"] for task in sandbox_tasks(sandbox)) == prompts


def test_the_same_key_at_the_same_moment(
    start: Callable[..., subprocess.Popen[bytes]], sandbox: EmbeddedSandbox
) -> None:
    commands = [start("generate", "one boat", "--once", "k", "--wait", "--json") for _ in range(4)]
    task_ids = []
    for command in commands:
        out, err = command.communicate(timeout=120)
        assert command.returncode == 0, err
        task_ids.append(json.loads(out)["task_id"])
    assert len(set(task_ids)) == 1 and len(sandbox_tasks(sandbox)) == 1


def test_on_postgresql(cli: Cli, postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KAIMEDIA_DATABASE_URL", fresh_database(postgres_url))
    made = cli("generate", "a boat", "--once", "p", "-o", str(tmp_path / "x.png"), "--json")
    assert made.code == 0, made.err
    again = cli("generate", "a boat", "--once", "p", "--wait", "--json").document
    assert again["task_id"] == made.document["task_id"] == cli("list", "--json").document["items"][0]["task_id"]
    assert cli("backup").code == 1
