"""Between a paid call and the commit of its id, nothing is needed that could fail: no import, no new descriptor."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.processes import clean_environment
from tests.conftest import ROOT

MOST_OPEN = 128


def _few_descriptors() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_OPEN, MOST_OPEN))


@pytest.mark.parametrize("how", ["calm", "exhaust"])
def test_an_accepted_task_is_recorded(tmp_path: Path, how: str) -> None:
    ran = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "engine" / "paid_call.py"), str(tmp_path), how],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=_few_descriptors,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    found: dict[str, Any] = json.loads(ran.stdout)
    assert found["id"] == "paid-1" and found["phase"] in ("waiting", "generating"), (found, ran.stderr[-3000:])
    assert found["imported"] == [], "load these at the start"
