"""The short form of `bench/kill.py`: real processes, kill -9, the sandbox's records compared with the store."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.kill import run
from tests.postgres import fresh_database
from tests.s3 import Bucket

pytestmark = [pytest.mark.kill, pytest.mark.timeout(300)]
TWELVE = pytest.param(12, 100, marks=pytest.mark.exhaustive)


@pytest.mark.parametrize(("kills", "in_flight"), [(3, 20), TWELVE])
def test_kills_on_sqlite(tmp_path: Path, kills: int, in_flight: int) -> None:
    figures = run(tmp_path, f"sqlite:///{tmp_path / 'kill.db'}", kills=kills, in_flight=in_flight, seed=7)
    assert figures.is_clean, figures
    assert figures.in_flight_least >= in_flight // 5 and figures.accepted_by_provider >= in_flight, figures


@pytest.mark.exhaustive
def test_kills_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    figures = run(tmp_path, fresh_database(postgres_url), kills=12, in_flight=100, seed=8)
    assert figures.is_clean, figures
    assert figures.in_flight_least >= 20 and figures.accepted_by_provider >= 100, figures


@pytest.mark.xdist_group("s3")
@pytest.mark.parametrize(("kills", "in_flight"), [(2, 12), pytest.param(6, 40, marks=pytest.mark.exhaustive)])
def test_kills_on_postgresql_with_media_in_a_bucket(
    tmp_path: Path, postgres_url: str, bucket: Bucket, kills: int, in_flight: int
) -> None:
    """Every object is whole and in a row, and every row has its object."""
    url, settings = fresh_database(postgres_url), bucket.settings()
    figures = run(tmp_path, url, kills=kills, in_flight=in_flight, seed=9, settings=settings)
    assert figures.is_clean, figures
    assert figures.in_flight_least >= in_flight // 5 and figures.accepted_by_provider >= in_flight, figures
