"""The OpenAI-compatible routes against their own description: valid and invalid requests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.processes import ROOT, clean_environment
from tests.e2e.conftest import start_app, stop_app

# A string is not always a model or a size; both are checked and refused with a message.
EXCLUDED = "positive_data_acceptance,negative_data_rejection"


@pytest.mark.timeout(300)
def test_all_checks_hold(tmp_path: Path) -> None:
    app = start_app(tmp_path / "app", KAIMEDIA_SANDBOX_SPEED="200")
    report = tmp_path / "report.ndjson"
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{app.url}/v1/openapi.json", "--checks=all"]
    command += [f"--exclude-checks={EXCLUDED}", "--seed=1", "--max-examples=4", "--no-color"]
    command += [f"--report-ndjson-path={report}", "--report=ndjson"]
    try:
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=clean_environment(PYTHONPATH=str(ROOT)),
            capture_output=True,
            text=True,
            timeout=270,
            check=False,
        )
    finally:
        stop_app(app)
    assert done.returncode == 0, done.stdout[-8000:]
    assert len([json.loads(line) for line in report.read_text().splitlines()]) > 30, "it must have sent something"
    log = (app.folder / "app.log").read_text()
    assert "Traceback" not in log, log[-4000:]
