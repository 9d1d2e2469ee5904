"""The JavaScript: its own unit tests, where Node.js is installed, and rules that need no Node.js."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = sorted(ROOT.glob("kaimedia/**/*.js"))
TESTS = sorted(ROOT.glob("tests/js/*.test.js"))
OLDEST_NODE = 20


@pytest.mark.slow
def test_unit_tests_under_node() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed: tests/js was not run")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.removeprefix("v").split(".")[0]) < OLDEST_NODE:
        pytest.skip(f"Node.js {version.strip()} is older than {OLDEST_NODE}: tests/js was not run")
    assert len(TESTS) >= 4
    done = subprocess.run(
        [node, "--test", *map(str, TESTS)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-8000:]


@pytest.mark.parametrize("path", [*PRODUCT, *TESTS], ids=lambda path: path.name)
def test_types_are_checked_and_files_stay_short(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "// @ts-check"
    assert not [line for line in lines if re.search(r"@ts-(ignore|expect-error|nocheck)", line)]
    assert len(lines) <= 300
