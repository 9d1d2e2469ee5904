"""The profile `fleet` of compose.yaml with its start lines and settings, on the image, but without Docker."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import obstore
import pytest

from bench.processes import free_port, get_json, post_json, wait_until_served
from tests.conftest import wait_for
from tests.hosting.containers import Container, Process
from tests.postgres import fresh_database
from tests.s3 import Bucket
from tests.unit.test_compose import SERVICES, env_file
from tools.image.folder import ImageFolder

pytestmark = [pytest.mark.exhaustive, pytest.mark.slow, pytest.mark.xdist_group("image"), pytest.mark.timeout(900)]
TASKS = 6
P = TypeVar("P", bound=Process)


class Fleet:
    """The app, two workers and a sandbox, each with an empty disk of its own."""

    def __init__(self, image: ImageFolder, folder: Path, settings: dict[str, str], stack: ExitStack) -> None:
        self._image, self._folder, self._stack = image, folder, stack
        port = str(free_port())
        self._settings = {**settings, "KAIMEDIA_SANDBOX_URL": f"http://127.0.0.1:{port}"}
        sandbox = [word.replace("8765", port) for word in SERVICES["sandbox"]["command"]]
        self.sandbox = self._begun(Process(image, folder / "sandbox", [*sandbox, "--media=small", "--speed=10"]))
        wait_until_served(f"http://127.0.0.1:{port}/_sandbox/account")
        self.app = self._begun(Container(image, folder / "app", "/api/health", **self._settings))
        self.workers = [self.start_worker(name) for name in ("first", "second")]

    def start_worker(self, name: str) -> Process:
        """One more worker, by its line in compose.yaml."""
        command = SERVICES["worker"]["command"]
        return self._begun(Process(self._image, self._folder / name, command, **self._settings))

    def ended(self, task_ids: list[str]) -> list[dict[str, Any]] | None:
        """The tasks, if all have ended."""
        tasks = [get_json(f"{self.app.url}/api/tasks/{task_id}") for task_id in task_ids]
        return tasks if all(task["status"] in ("completed", "failed") for task in tasks) else None

    def metric(self, name: str) -> float:
        """The sum of a metric's values."""
        with urllib.request.urlopen(f"{self.app.url}/api/metrics", timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))

    def _begun(self, process: P) -> P:
        self._stack.callback(process.kill)
        return process


@pytest.fixture
def fleet(image: ImageFolder, tmp_path: Path, postgres_url: str, bucket: Bucket) -> Iterator[Fleet]:
    """With the settings that docs/hosting.md gives, but for addresses and secrets of this machine."""
    lines = env_file("fleet")
    here = {"KAIMEDIA_DATABASE_URL": fresh_database(postgres_url), **bucket.settings(), "KAIMEDIA_POLL_S": "0.5"}
    for name in ("COMPOSE_PROFILES", "POSTGRES_PASSWORD", "KAIMEDIA_ALLOWED_EMAILS"):
        del lines[name]
    settings = {**lines, **here, "KAIMEDIA_ACCESS": "open", "KAIMEDIA_ALLOWED_HOSTS": "127.0.0.1"}
    with ExitStack() as stack:
        yield Fleet(image, tmp_path, settings, stack)


def test_workers_with_nothing_in_common_but_database_and_bucket(
    fleet: Fleet, image: ImageFolder, bucket: Bucket
) -> None:
    wait_for(lambda: fleet.metric("kaimedia_workers") == 2, "two workers", timeout_s=120, every_s=0.5)
    wait_until_served(f"{fleet.app.url}/api/ready")
    made = [
        post_json(f"{fleet.app.url}/api/images/generate", {"prompt": f"boat {number}"})["task_id"]
        for number in range(TASKS)
    ]
    assert fleet.workers[0].stop()[0] == 0
    tasks = wait_for(lambda: fleet.ended(made), "all results", timeout_s=120, every_s=0.5)
    assert [task["status"] for task in tasks] == ["completed"] * TASKS, tasks
    stored = {meta["path"] for page in obstore.list(bucket.store()) for meta in page}
    assert {Path(task["result_urls"][0]).name for task in tasks} <= stored
    assert not list(fleet.app.volumes["/media"].iterdir())
    output = fleet.app.log.with_name("doctor.json")
    command = ["python", "-m", "kaimedia", "doctor", "--json"]
    code = image.start(command, fleet.app.volumes, fleet.app.settings, output).wait(120)
    document = json.loads(output.read_text())
    findings = {each["what"]: each for each in document["findings"]}
    assert code == 0 and document["is_well"], findings
    assert findings["workers"]["detail"].startswith("1 running") and "procrastinate" in findings["workers"]["detail"]
    assert findings["clock of the database"]["is_well"] and findings["clock of the media storage"]["is_well"]
    assert fleet.workers[1].stop()[0] == 0
    assert fleet.metric("kaimedia_workers") == 0
