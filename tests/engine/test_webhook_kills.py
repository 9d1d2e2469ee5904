"""The short form of `bench/webhooks.py`: real processes, kill -9 between commit and delivery, the receiver down."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.webhooks import run
from tests.postgres import fresh_database

pytestmark = [pytest.mark.kill, pytest.mark.timeout(300)]


@pytest.mark.parametrize(("tasks", "kills"), [(12, 1), pytest.param(40, 3, marks=pytest.mark.exhaustive)])
def test_kills_on_sqlite(tmp_path: Path, tasks: int, kills: int) -> None:
    """As many kills while the receiver is down as afterwards."""
    url = f"sqlite:///{tmp_path / 'webhooks.db'}"
    figures = run(tmp_path, url, tasks=tasks, down_s=5.0, kills=kills, seed=3)
    assert figures.is_clean and figures.expected >= tasks and figures.attempts_while_down > 0, figures


@pytest.mark.exhaustive
def test_kills_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    figures = run(tmp_path, fresh_database(postgres_url), tasks=40, down_s=5.0, kills=3, seed=4)
    assert figures.is_clean and figures.expected >= 40 and figures.attempts_while_down > 0, figures
