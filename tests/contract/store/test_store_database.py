"""Transactions under load, and errors when the database is unavailable."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, select, text, update

from kaimedia.domain import Phase, TaskChange
from kaimedia.errors import ConfigError, StoreUnavailable
from kaimedia.store.database import connecting, database
from kaimedia.store.database.database import Database
from kaimedia.store.settings import SettingsStore
from kaimedia.store.stores import Stores
from kaimedia.store.tables import TASKS
from tests.contract.store.factories import create_task, later


def test_no_update_is_lost_and_no_writer_starves(
    db: Database, stores: Stores, url: str, open_database: Callable[[str], Database]
) -> None:
    task_id = create_task(stores).task_id
    # Two connection pools to one database, as in two processes.
    databases = [db, open_database(url)]
    until = time.monotonic() + 1.5

    def writer(place: int) -> int:
        done = 0
        while time.monotonic() < until:
            with databases[place % 2].write() as session:
                mine = select(TASKS.c.attempts).where(TASKS.c.task_id == task_id).with_for_update()
                attempts = session.execute(mine).scalar_one()
                session.execute(update(TASKS).where(TASKS.c.task_id == task_id).values(attempts=attempts + 1))
            done += 1
        return done

    def reader(place: int) -> int:
        seen = 0
        while time.monotonic() < until:
            now = Stores(databases[place % 2]).task_reader.get(task_id).attempts
            assert now >= seen
            seen = now
        return seen

    with ThreadPoolExecutor(12) as pool:
        written = [pool.submit(writer, place) for place in range(8)]
        read = [pool.submit(reader, place) for place in range(4)]
        total = sum(future.result() for future in written)
        assert all(future.result() > 0 for future in read)
    assert total > 8 and stores.task_reader.get(task_id).attempts == total
    assert all(future.result() > 0 for future in written), "a writer was starved"


def test_a_write_that_fails_leaves_nothing(db: Database, stores: Stores) -> None:
    task = create_task(stores)
    with pytest.raises(RuntimeError), db.write() as session:
        session.execute(update(TASKS).values(note="half"))
        raise RuntimeError
    assert stores.task_reader.get(task.task_id) == task
    with db.read() as session:
        session.execute(update(TASKS).values(note="not committed"))
    assert stores.task_reader.get(task.task_id) == task


def test_a_task_is_deleted_with_its_media(db: Database, stores: Stores) -> None:
    create_task(stores)
    with db.write() as session:
        session.execute(text("DELETE FROM media"))
    assert stores.task_reader.page().total == 0, "foreign keys are enforced"


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_sqlite_is_durable_and_does_not_block_readers(db: Database, tmp_path: Path) -> None:
    expected = {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 5000, "foreign_keys": 1}
    with db.read() as session:
        for name, value in (expected | {"journal_size_limit": 64 * 1024 * 1024}).items():
            assert session.execute(text(f"PRAGMA {name}")).scalar_one() == value


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_locked_file_is_a_readable_error(
    url: str, open_database: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "BUSY_TIMEOUT_MS", 50)
    stores = Stores(open_database(url))
    task = create_task(stores)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="another program has it locked") as raised:
            create_task(stores)
        assert "Close other programs" in raised.value.next_step
        assert stores.task_reader.get(task.task_id) == task, "reading still works"
    create_task(stores)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_write_that_never_ends_does_not_hang_the_others(
    db: Database, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WRITER_WAIT_S", 0.05)
    begun, over = threading.Event(), threading.Event()

    def hang() -> None:
        with db.write():
            begun.set()
            over.wait(20)

    thread = threading.Thread(target=hang)
    thread.start()
    try:
        assert begun.wait(10)
        with pytest.raises(StoreUnavailable, match="busy"):
            create_task(stores)
    finally:
        over.set()
        thread.join()
    create_task(stores)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_full_disk_is_an_error_and_writing_resumes(url: str, open_database: Callable[[str], Database]) -> None:
    db = open_database(url)
    stores = Stores(db)
    with db.read() as session:
        used_pages = session.execute(text("PRAGMA page_count")).scalar_one()
    pages = [used_pages + 20]

    @event.listens_for(db.engine, "checkout")
    def limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages[0]}")

    with pytest.raises(StoreUnavailable, match="disk that holds the database is full"):
        for _ in range(500):
            create_task(stores, prompt="x" * 4000)
    before = stores.task_reader.page(limit=500)
    assert 0 < len(before.items) == before.total < 500
    pages[0] = 10**6
    create_task(stores)


def test_is_current_changes_nothing(empty_url: str, open_database: Callable[[str], Database]) -> None:
    database = open_database(empty_url)
    assert not database.is_current()
    if database.file:
        assert not database.file.exists()
    database.upgrade()
    assert database.is_current()
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert not database.is_current()


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_database_without_tables_says_so(empty_url: str, open_database: Callable[[str], Database]) -> None:
    with pytest.raises(StoreUnavailable, match="not been set up"):
        SettingsStore(open_database(empty_url)).get()


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_new_file_is_private(empty_url: str, open_database: Callable[[str], Database]) -> None:
    opened = open_database(empty_url)
    opened.upgrade()
    SettingsStore(opened).get()
    assert opened.file is not None
    parts = [opened.file, *opened.file.parent.glob(f"{opened.file.name}-*")]
    assert len(parts) > 1 and {part.stat().st_mode & 0o777 for part in parts} == {0o600}
    assert opened.file.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_missing_server_is_a_readable_error(empty_url: str, open_database: Callable[[str], Database]) -> None:
    with pytest.raises(StoreUnavailable, match="has not been set up yet"):
        SettingsStore(open_database(empty_url)).get()
    with pytest.raises(StoreUnavailable, match="does not exist"):
        SettingsStore(open_database(f"{empty_url}x")).get()
    nobody = "postgresql://kaimedia:secret@127.0.0.1:1/kaimedia"
    for call in (SettingsStore(open_database(nobody)).get, open_database(nobody).upgrade):
        with pytest.raises(StoreUnavailable, match="refused the connection") as raised:
            call()
        assert not {"secret", "127.0.0.1"} & set(re.split(r"[\s:/@]", str(raised.value)))
        assert "running" in raised.value.next_step
    with pytest.raises(StoreUnavailable, match="user name or password"):
        SettingsStore(open_database(empty_url.replace("kaimedia@", "nobody@"))).get()


def end_sessions(url: str) -> int:
    """End every session on the database; returns how many there were."""
    name = url.rpartition("/")[2]
    statement = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s AND pid <> %s"
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        row = connection.execute(statement, [name, connection.info.backend_pid]).fetchone()
        assert row is not None
        return int(row[0])


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_sessions_that_die_between_calls_are_replaced(url: str, stores: Stores) -> None:
    task = create_task(stores)
    for second in range(3):
        assert end_sessions(url) >= 1
        note = {"note": str(second)}
        assert stores.task_updater.change(TaskChange(task.task_id, frozenset(Phase), note), later(second)).note == str(
            second
        )


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_session_that_dies_in_a_write_is_an_error_and_leaves_nothing(url: str, db: Database, stores: Stores) -> None:
    task = create_task(stores)
    with pytest.raises(StoreUnavailable), db.write() as session:
        session.execute(update(TASKS).values(note="half"))
        end_sessions(url)
        session.execute(update(TASKS).values(note="more"))
    assert stores.task_reader.get(task.task_id) == task


def test_a_closed_database_can_be_used_again(db: Database) -> None:
    SettingsStore(db).get()
    db.close()
    SettingsStore(db).get()


@pytest.mark.parametrize(
    "address", ["sqlite://", "sqlite:///:memory:", "mysql://x/y", "no address", "sqlite:///file:x?mode=memory&uri=true"]
)
def test_other_databases_are_refused(address: str) -> None:
    with pytest.raises(ConfigError) as raised:
        Database(address)
    assert raised.value.setting == "KAIMEDIA_DATABASE_URL"


def test_a_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="database folder cannot be created"):
        Database(f"sqlite:///{tmp_path}/file/below/kaimedia.db")
