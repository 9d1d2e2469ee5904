"""The short form of `bench/kill.py`: real processes, kill -9, the sandbox's records compared with the store."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.kill import run
from tests.postgres import fresh_database
from tests.s3 import Bucket

pytestmark = [pytest.mark.kill, pytest.mark.timeout(300)]


def test_twelve_kills_on_sqlite(tmp_path: Path) -> None:
    figures = run(tmp_path, f"sqlite:///{tmp_path / 'kill.db'}", kills=12, in_flight=100, seed=7)
    assert figures.is_clean, figures
    assert figures.in_flight_least >= 20 and figures.accepted_by_provider >= 100, figures


def test_twelve_kills_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    figures = run(tmp_path, fresh_database(postgres_url), kills=12, in_flight=100, seed=8)
    assert figures.is_clean, figures
    assert figures.in_flight_least >= 20 and figures.accepted_by_provider >= 100, figures


@pytest.mark.xdist_group("s3")
def test_six_kills_with_media_in_a_bucket(tmp_path: Path, bucket: Bucket) -> None:
    """Every object is whole and in a row, and every row has its object."""
    settings = bucket.settings()
    figures = run(tmp_path, f"sqlite:///{tmp_path / 'kill.db'}", kills=6, in_flight=40, seed=9, settings=settings)
    assert figures.is_clean, figures
    assert figures.in_flight_least >= 8 and figures.accepted_by_provider >= 40, figures
