"""What `doctor` says about clocks, workers and the queue."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from kaimedia import __version__, doctor_operations
from kaimedia.config import Config
from kaimedia.context import open_database
from kaimedia.domain import Phase, utc_now
from kaimedia.domain.worker import Worker
from kaimedia.finding import Finding
from kaimedia.media.local import LocalStorage
from kaimedia.store.stores import Stores
from kaimedia.store.tables import TASKS
from kaimedia.studio import workers_text
from tests.contract.store.factories import create_task, move, send
from tests.postgres import fresh_database


@pytest.fixture
def stores(config: Config) -> Iterator[Stores]:
    """Those of the database the settings name, migrated."""
    with closing(open_database(config)) as database:
        database.upgrade()
        yield Stores(database)


def findings(config: Config) -> dict[str, Finding]:
    return {finding.what: finding for finding in doctor_operations.find(config, media_responds=True)}


def worker(**changes: object) -> Worker:
    now = utc_now()
    return replace(Worker("web:1:x", __version__, "embedded", now, now), **changes)  # type: ignore[arg-type]


def test_without_workers(config: Config, stores: Stores) -> None:
    found = findings(config)
    assert set(found) == {"workers", "queue"}, "a file and a folder have no clock of their own"
    assert found["workers"].is_well and "once it is started" in found["workers"].detail
    elsewhere = findings(replace(config, engine="off"))["workers"]
    assert not elsewhere.is_well and "kaimedia worker" in elsewhere.next_step


def test_workers_are_named_with_their_versions(config: Config, stores: Stores) -> None:
    stores.workers.announce(worker(name="web:1:x"))
    stores.workers.announce(worker(name="gone:1:x", seen_at=utc_now() - timedelta(hours=1)))
    found = findings(config)["workers"]
    assert found.is_well and f"1 running: web:1:x (version {__version__}, embedded" in found.detail
    assert "upgrade" not in found.detail and "gone" not in found.detail
    stores.workers.announce(worker(name="old:1:x", version="0.0.9"))
    assert "upgrade" in findings(config)["workers"].detail
    stores.workers.announce(worker(name="fast:1:x", seen_at=utc_now() + timedelta(seconds=30)))
    found = findings(config)["workers"]
    assert not found.is_well and "the clock of fast:1:x is ahead" in found.detail


def test_a_queue_that_nobody_works_on_in_time(config: Config, stores: Stores) -> None:
    create_task(stores, now=utc_now() - timedelta(hours=1))
    assert findings(config)["queue"].detail == "0 tasks wait for a worker, 1 to be sent"
    long_ago = utc_now() - timedelta(seconds=doctor_operations.MAX_LAG_S + 60)
    move(stores, send(stores, "p"), Phase.SAVING, due_at=long_ago)
    assert findings(config)["queue"].is_well, "no worker runs, so nothing is late"
    stores.workers.announce(worker())
    found = findings(config)["queue"]
    assert not found.is_well and "1 tasks wait for a worker" in found.detail and "more workers" in found.next_step
    with closing(open_database(config)) as database, database.write() as session:
        session.execute(update(TASKS).values(due_at=utc_now()))
    assert findings(config)["queue"].is_well


@pytest.mark.parametrize(
    ("offset_s", "said"), [(-60, " s behind this"), (0, "agrees"), (4, "agrees"), (3600, " s ahead of this")]
)
def test_the_clock_of_a_bucket(
    config: Config, stores: Stores, monkeypatch: pytest.MonkeyPatch, offset_s: float, said: str
) -> None:
    def server_time(_: LocalStorage) -> datetime:
        return (utc_now() + timedelta(seconds=offset_s)).replace(microsecond=0)

    monkeypatch.setattr(LocalStorage, "server_time", server_time)
    found = findings(config)["clock of the media storage"]
    assert said in found.detail and found.is_well == (said == "agrees")
    assert all(finding.what != "clock of the media storage" for finding in _without_media(config))


def _without_media(config: Config) -> list[Finding]:
    return list(doctor_operations.find(config, media_responds=False))


@pytest.mark.slow
def test_the_clock_of_postgresql(config: Config, postgres_url: str) -> None:
    config = replace(config, database_url=fresh_database(postgres_url))
    with closing(open_database(config)) as database:
        database.upgrade()
    assert findings(config)["clock of the database"].is_well


def test_where_people_read_them_workers_have_short_names() -> None:
    now = utc_now()
    running = [worker(name="studio@4026531836-0123456789abcdef:17:0123456789ab", seen_at=now), worker(name="own name")]
    text = workers_text(running, now, is_brief=True)
    assert text.startswith("2 running: studio, process 17 (version") and "; own name (" in text
