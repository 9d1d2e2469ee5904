"""The running app against its OpenAPI document: valid and invalid requests in any order."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.processes import ROOT, clean_environment
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.api.conftest import TOKEN
from tests.e2e.conftest import App, start_app, stop_app

# The coverage phase sends each bound of each field, which takes as long as 25 random examples of each route.
FEW = ("examples,fuzzing,stateful", 5)
ALL = ("examples,coverage,fuzzing,stateful", 25)
WITH_TOKEN = ("examples,coverage,fuzzing,stateful", 5)  # the same requests; only access matters, so a few are enough


@pytest.fixture
def running(
    request: pytest.FixtureRequest, tmp_path: Path, sandbox: EmbeddedSandbox
) -> Iterator[tuple[App, dict[str, str]]]:
    """The app in the sandbox, with or without a token."""
    # Descriptions allow saving a key; later requests must stay on this machine.
    settings = {"KAIMEDIA_PROVIDER": "sandbox", "KAIMEDIA_SANDBOX_URL": sandbox.base_url}
    carried = {}
    if request.param:
        settings["KAIMEDIA_API_TOKEN"] = TOKEN
        carried = {"Authorization": f"Bearer {TOKEN}"}
    app = start_app(tmp_path / "app", **settings)
    yield app, carried
    stop_app(app)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("running", "phases"),
    [
        pytest.param(True, FEW, id="token"),
        pytest.param(False, ALL, id="open-all", marks=pytest.mark.exhaustive),
        pytest.param(True, WITH_TOKEN, id="token-all", marks=pytest.mark.exhaustive),
    ],
    indirect=["running"],
)
def test_all_checks_hold(running: tuple[App, dict[str, str]], phases: tuple[str, int], tmp_path: Path) -> None:
    app, carried = running
    report = tmp_path / "report.ndjson"
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{app.url}/api/openapi.json", "--checks=all"]
    command += ["--exclude-checks=use_after_free"]  # our own check knows the trash
    names, examples = phases
    command += [
        f"--phases={names}",
        "--seed=1",
        f"--max-examples={examples}",
        "--no-color",
    ]
    command += [f"--report-ndjson-path={report}", "--report=ndjson"]
    command += [part for name, value in carried.items() for part in ("--header", f"{name}: {value}")]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=clean_environment(SCHEMATHESIS_HOOKS="tests.api.schemathesis_hooks", PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=540,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:]
    events = [json.loads(line) for line in report.read_text().splitlines()]
    assert len(events) > 100, "it must have sent something"
    log = (app.folder / "app.log").read_text()
    assert "Traceback" not in log, log[-4000:]
    assert TOKEN not in log
    health = urllib.request.urlopen(f"{app.url}/api/health")
    assert health.status == 200
