"""`restore` and `held`: list copies, restore one, and pay nothing twice."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kaimedia.media.storage import Storage
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.cli.conftest import Cli, sandbox_tasks
from tests.stored import put_bytes

N_QUEUED = 6


def _pay_all(cli: Cli) -> None:
    """Run the queue, as the app would. Waiting for the newest task runs all."""
    tasks = cli("list", "--limit", "100", "--json").document["items"]
    for task in tasks:
        cli("get", task["task_id"], "--wait", "--quiet")


def test_a_restored_copy_pays_nothing_again(cli: Cli, sandbox: EmbeddedSandbox) -> None:
    """End to end: a backup while tasks are queued, all paid by the original, the copy restored."""
    for number in range(N_QUEUED):
        cli("generate", f"boat {number}")
    cli("backup")
    _pay_all(cli)
    assert len(sandbox_tasks(sandbox)) == N_QUEUED

    (copy,) = cli("restore", "--json").document["copies"]
    assert copy["waiting"] == copy["tasks"] == N_QUEUED and copy["problem"] is None
    result = cli("restore", copy["name"], "--json")
    assert result.code == 0 and result.document["held"] == N_QUEUED
    assert result.document["unknown_sends"] >= N_QUEUED  # a rejected send counts as well
    assert Path(result.document["kept"]).is_file() and result.document["files_not_in_gallery"] > 0
    cli("generate", "another boat", "--wait")
    assert len(sandbox_tasks(sandbox)) == N_QUEUED + 1

    held = cli("held", "--json").document["tasks"]
    assert {task["hold_code"] for task in held} == {"copy"} and len(held) == N_QUEUED
    first = held[0]["task_id"]
    assert cli("held", "--send", first).out == "1 tasks added to the queue.\n"
    cli("get", first, "--wait")
    assert len(sandbox_tasks(sandbox)) == N_QUEUED + 2
    assert cli("held", "--dismiss", "--json").document == {"changed": N_QUEUED - 1}
    assert cli("held").out == "No tasks are on hold.\n"
    assert cli("held", "--send", first).code == 4


def test_what_is_printed_for_a_person(cli: Cli, tmp_path: Path) -> None:
    cli("generate", "a boat")
    assert cli("restore").out == "There are no copies yet.\n"
    copy = Path(cli("backup", "--json").document["database"])
    listed = cli("restore").out
    assert re.match(rf"✓ {copy.name}  0 min old  [\d,]+ bytes  1 tasks \(1 waiting\), 0 gallery items\n", listed)
    result = cli("restore", "newest").out
    assert "held      1 tasks" in result and "polled    0 tasks" in result and "held --send" in result
    assert cli("restore", str(copy)).code == 0
    assert cli("restore", "nothing.db").code == 4
    assert cli("restore", "newest", "--empty").code == 2
    assert cli("held", "--send", "--dismiss").code == 2
    copy.write_bytes(b"SQLite format 3\x00" + b"\xff" * 9000)
    assert f"✗ {copy.name}" in cli("restore").out and cli("restore", copy.name).code == 1


def test_a_damaged_database_is_answered_on_the_command_line(cli: Cli, tmp_path: Path) -> None:
    cli("generate", "a boat")
    cli("backup")
    database = tmp_path / "kaimedia.db"
    database.write_bytes(b"\x00" * 20_000)
    refused = cli("generate", "a kite", "--json")
    assert refused.code == 1 and refused.document["error"]["code"] == "database_closed"
    assert "restore" in refused.document["error"]["next_step"]
    findings = {one["what"]: one for one in cli("doctor", "--json").document["findings"]}
    assert not findings["database"]["is_well"] and "damaged" in findings["database"]["detail"]
    assert cli("restore", "newest").code == 0
    findings = {one["what"]: one for one in cli("doctor", "--json").document["findings"]}
    assert "1 of 1 tasks are held" in findings["database"]["detail"]
    assert cli("restore", "--empty").code == 0
    assert cli("list", "--json").document["items"] == []
    assert len(list(tmp_path.glob("kaimedia.db.damaged-*"))) == 1


def test_the_app_is_not_disturbed(
    cli: Cli, sandbox: EmbeddedSandbox, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    worker = start("worker")
    assert worker.stderr is not None
    assert any(b"running as" in line for line in iter(worker.stderr.readline, b""))
    cli("generate", "a boat", "--wait")
    cli("backup")
    refused = cli("restore", "newest")
    assert refused.code == 1 and "in use" in refused.err and worker.poll() is None
    cli("generate", "a kite", "--wait")
    assert len(sandbox_tasks(sandbox)) == 2


@pytest.mark.every_storage
def test_doctor_counts_files(cli: Cli, storage: Storage, put_foreign: Callable[[Storage, str, bytes], None]) -> None:
    cli("generate", "a boat", "--wait", "-n", "4")

    def files(*options: str) -> str:
        found = {one["what"]: one for one in cli("doctor", "--json", *options).document["findings"]}
        return f"{found['files']['is_well']} {found['files']['detail']}"

    def content(name: str) -> bytes:
        with storage.open(name) as file:
            return file.read()

    assert files().startswith("True 12 files in the gallery: 0 missing, 0 changed")
    lost, longer, changed, _ = sorted(name for name in storage.files() if name.endswith(".png"))
    storage.delete([lost])
    put_bytes(storage, longer, content(longer) + b"x")
    data = content(changed)
    put_bytes(storage, changed, data[:-1] + bytes([data[-1] ^ 1]))
    put_foreign(storage, "holiday.png", b"not ours")
    assert "1 missing, 1 changed" in files() and "untracked files: 1" in files()
    assert files("--deep").startswith("False") and "1 missing, 2 changed" in files("--deep")


def test_an_old_sqlite_is_said_by_every_command(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 0))
    words = "SQLite 3.34 is too old, 3.35 is needed."
    refused = cli("generate", "a boat", "--json")
    assert refused.code == 1 and refused.document["error"]["detail"] == words
    findings = {one["what"]: one for one in cli("doctor", "--json").document["findings"]}
    assert findings["database"]["detail"] == words and "KAIMEDIA_DATABASE_URL" in findings["database"]["next_step"]
