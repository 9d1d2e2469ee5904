"""Which tests run, in what order and on which worker: long ones first, those that share a server on one worker.

Tests marked `exhaustive` run with `--exhaustive`, or if they are named by their file.

`PYTEST_FAILED_TESTS` names a file that gets the ids of the tests that failed, one a line.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

# By duration, longest first: run last, one of them would keep a single worker busy at the end.
LONG = (
    "tests/engine/test_kill.py",
    "tests/engine/test_webhook_kills.py",
    "tests/api/test_stateful.py",
    "tests/api/test_schemathesis.py",
    "tests/unit/media/test_mutants.py",
    "tests/e2e/",
    "tests/hosting/",
    "tests/api_docs/",
    "tests/server/",
    "tests/contract/store/test_store_migrations.py",
)
# Each file of these starts a server for all its tests.
SHARED = ("tests/e2e/", "tests/hosting/", "tests/api_docs/", "tests/server/test_probes.py")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--exhaustive`, for example before a release."""
    parser.addoption("--exhaustive", action="store_true", help="also run the tests marked `exhaustive`")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort the tests, and group those without a group of their own; `--dist loadgroup` keeps a group on one worker."""
    if not (config.getoption("exhaustive") or any(".py" in name for name in config.args)):
        left_out = [item for item in items if item.get_closest_marker("exhaustive")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("exhaustive")]
    items.sort(key=_place)
    for item in items:
        file = item.nodeid.partition("::")[0]
        if file.startswith(SHARED) and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(file))


def _place(item: pytest.Item) -> int:
    return next((place for place, path in enumerate(LONG) if item.nodeid.startswith(path)), len(LONG))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the ids of failed tests for tests/run.py, without the group that pytest-xdist adds to them."""
    if path := os.environ.get("PYTEST_FAILED_TESTS"):
        reports = [*terminalreporter.stats.get("failed", ()), *terminalreporter.stats.get("error", ())]
        ids = sorted({re.sub(r"@[^]@]*$", "", report.nodeid) for report in reports})
        Path(path).write_text("\n".join(ids), encoding="utf-8")
