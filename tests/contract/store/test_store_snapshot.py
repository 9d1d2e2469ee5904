"""Reads of one page's run see one state of the database."""

from __future__ import annotations

import threading

import pytest

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


def test_its_connection_returns_also_after_an_error(db: Database, stores: Stores) -> None:
    for _ in range(40):  # more than the pool has
        with pytest.raises(ValueError, match="of the page"), db.snapshot():
            count(stores)
            raise ValueError("of the page")
    assert count(stores) == 0
