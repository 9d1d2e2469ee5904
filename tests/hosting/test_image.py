"""The container image, built and run in a folder: as another user, with nothing writable but volumes and /tmp."""

from __future__ import annotations

import json
import signal
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from bench.processes import get_json, post_json, worker_command
from tests.conftest import wait_for
from tests.hosting.containers import USER, Container, Process, running
from tests.unit.test_container import COMPOSE
from tools.image.__main__ import report
from tools.image.folder import ImageFolder

pytestmark = [pytest.mark.exhaustive, pytest.mark.slow, pytest.mark.xdist_group("image"), pytest.mark.timeout(900)]


def finished(container: Container, task_id: str) -> dict[str, Any] | None:
    task: dict[str, Any] = get_json(f"{container.url}/api/tasks/{task_id}")
    return task if task["status"] in ("completed", "failed") else None


def contents(root: Path) -> set[tuple[str, int]]:
    return {(str(path), path.lstat().st_mtime_ns) for path in root.rglob("*") if not path.is_symlink()}


def test_what_is_in_it(image: ImageFolder, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{report(image)}")
    assert 100e6 < sum(layer.size_bytes for layer in image.layers) < 750e6
    code = [path for name in ("app", "opt") for path in (image.root / name).rglob("*") if not path.is_symlink()]
    assert all(path.stat().st_uid == 0 and not path.stat().st_mode & 0o022 for path in code)
    assert not list((image.root / "opt").rglob("site-packages/pip")) and not (image.root / "app" / "tests").exists()
    names = {path.name for path in code}
    assert names.isdisjoint({".env", "secrets.toml", "secret.key", "kaimedia.db"})


def test_the_main_job_on_a_read_only_root(image: ImageFolder, tmp_path: Path) -> None:
    before = contents(image.root)
    with running(image, tmp_path, KAIMEDIA_POLL_S="0.3", KAIMEDIA_SANDBOX_MEDIA="small") as container:
        assert container.first.uids().real == USER and container.first.gids().real == USER
        assert container.is_healthy()
        made = post_json(f"{container.url}/api/images/generate", {"prompt": "a boat"})
        task = wait_for(lambda: finished(container, made["task_id"]), "a result", timeout_s=60, every_s=0.3)
        assert task["status"] == "completed", task
        with urllib.request.urlopen(container.url + task["result_urls"][0], timeout=30) as answer:
            assert answer.read().startswith((b"\x89PNG", b"\xff\xd8", b"RIFF"))
        with urllib.request.urlopen(container.url, timeout=30) as answer:
            assert b"<html" in answer.read()
        code, took_s = container.stop()
        assert code in (0, 128 + signal.SIGTERM) and took_s < 10
        assert not container.is_healthy()
        log = container.log.read_text(errors="replace")
        assert "Read-only" not in log and "Permission denied" not in log and "Traceback" not in log, log
    assert contents(image.root) == before
    assert {path.name for path in tmp_path.iterdir()} == {"data", "media", "log", "checks"}
    assert sorted(path.suffix for path in (tmp_path / "media").iterdir() if path.is_file())


def test_a_stop_keeps_running_tasks(image: ImageFolder, tmp_path: Path) -> None:
    with running(image, tmp_path, KAIMEDIA_POLL_S="0.3", KAIMEDIA_SANDBOX_SPEED="2") as container:
        made = post_json(f"{container.url}/api/images/generate", {"prompt": "a slow boat"})

        def is_sent() -> bool:
            task = get_json(f"{container.url}/api/tasks/{made['task_id']}")
            return task["phase"] in ("waiting", "generating")

        wait_for(is_sent, "a sent task", timeout_s=60, every_s=0.1)
        code, took_s = container.stop()
        grace_s = float(COMPOSE["services"]["app"]["stop_grace_period"].removesuffix("s"))
        assert code in (0, 128 + signal.SIGTERM) and took_s < grace_s / 2
    settings = {"KAIMEDIA_POLL_S": "0.3", "KAIMEDIA_SANDBOX_SPEED": "60", "KAIMEDIA_SANDBOX_MEDIA": "small"}
    with running(image, tmp_path, **settings) as container:
        task = wait_for(lambda: finished(container, made["task_id"]), "a result", timeout_s=60, every_s=0.3)
        assert task["status"] == "completed", task
        assert get_json(f"{container.url}/api/media")["total"] == 1


def test_a_command_runs_beside_it(image: ImageFolder, tmp_path: Path) -> None:
    """`docker compose exec app python -m kaimedia doctor`, and the worker's line."""
    with running(image, tmp_path) as container:
        output = tmp_path / "doctor.json"
        command = ["python", "-m", "kaimedia", "doctor", "--json"]
        assert image.start(command, container.volumes, container.settings, output).wait(120) == 0
        found = json.loads(output.read_text())
        assert found["is_well"] and any(each["what"] == "workers" for each in found["findings"])
    worker = Process(image, tmp_path, worker_command("python"))
    try:
        wait_for(lambda: "running as" in worker.log.read_text(), "a worker", timeout_s=60)
        assert worker.stop()[0] == 0
    finally:
        worker.kill()
