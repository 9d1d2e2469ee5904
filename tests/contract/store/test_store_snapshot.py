"""Reads of one page's run see one state of the database."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import QueuePool, text

from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from tests.contract.store.factories import create_task, later


def count(stores: Stores) -> int:
    return stores.task_reader.running_count()


def elsewhere(stores: Stores, number: int) -> None:
    """Create a task in another thread, as the engine or another page does."""
    thread = threading.Thread(target=create_task, args=(stores,), kwargs={"now": later(number)})
    thread.start()
    thread.join()


@pytest.fixture
def sqlite_only(db: Database) -> None:
    if not db.file:
        pytest.skip("PostgreSQL reads as usual")


@pytest.mark.usefixtures("sqlite_only")
def test_what_others_write_is_seen_after_it(db: Database, stores: Stores) -> None:
    create_task(stores)
    with db.snapshot():
        assert count(stores) == 1
        elsewhere(stores, 1)
        assert count(stores) == 1
    assert count(stores) == 2


def test_what_the_thread_writes_itself_is_seen_at_once(db: Database, stores: Stores) -> None:
    with db.snapshot():
        assert count(stores) == 0
        create_task(stores)
        assert count(stores) == 1
        elsewhere(stores, 1)
        assert count(stores) == 2


@pytest.mark.usefixtures("sqlite_only")
def test_one_within_another_keeps_the_outer_state(db: Database, stores: Stores) -> None:
    with db.snapshot():
        assert count(stores) == 0
        with db.snapshot():
            elsewhere(stores, 0)
            assert count(stores) == 0
        assert count(stores) == 0
    assert count(stores) == 1


@pytest.mark.usefixtures("sqlite_only")
def test_other_threads_are_not_held_back(db: Database, stores: Stores) -> None:
    seen: list[int] = []
    with db.snapshot():
        count(stores)
        elsewhere(stores, 0)
        thread = threading.Thread(target=lambda: seen.append(count(stores)))
        thread.start()
        thread.join()
    assert seen == [1]


def connections_in_use(db: Database) -> int:
    pool = db.engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


def test_its_connection_returns_at_a_write_and_after_an_error(db: Database, stores: Stores) -> None:
    with db.snapshot():
        create_task(stores)
        assert connections_in_use(db) == 0
    with pytest.raises(ValueError, match="of the page") as raised, db.snapshot():
        count(stores)
        raise ValueError("of the page")
    assert raised.value.__traceback__ is not None, "it keeps what the page had"
    assert connections_in_use(db) == 0


def test_those_who_hold_one_leave_connections_for_others(db: Database, stores: Stores) -> None:
    """More threads than the pool has connections: each holds a snapshot and needs another connection."""
    together = threading.Barrier(41)

    def page() -> int:
        with db.snapshot():
            together.wait(20)
            with db.read() as session:
                session.execute(text("SELECT 1"))
            return count(stores)

    with ThreadPoolExecutor(41) as pool:
        assert [each.result(30) for each in [pool.submit(page) for _ in range(41)]] == [0] * 41
    assert connections_in_use(db) == 0
