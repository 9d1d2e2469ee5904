"""The short form of `bench/fleet.py --chaos`: real workers, kill -9, the sandbox's records compared with the store."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from bench.fleet_chaos import Chaos
from bench.object_server import ObjectServer
from bench.postgres_server import Postgres

pytestmark = [pytest.mark.kill, pytest.mark.timeout(300), pytest.mark.xdist_group("s3")]


@pytest.mark.exhaustive
def test_one_of_two_workers_killed() -> None:
    with (
        tempfile.TemporaryDirectory() as name,
        closing(Postgres(Path(name))) as postgres,
        ObjectServer(Path(name) / "objects") as objects,
        closing(Chaos(Path(name), postgres, objects, in_flight=16, number=2)) as chaos,
    ):
        figures = chaos.run(20.0, kill_every_s=12.0, has_outages=False)
    assert figures.is_clean, figures
    assert figures.workers_killed == 1 and figures.accepted_by_provider >= 16, figures
