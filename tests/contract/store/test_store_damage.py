"""SQLite files damaged, deleted or replaced under a running app: the user decides what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert

from kaimedia.domain import utc_now
from kaimedia.errors import ClosedReason, DatabaseClosed, StoreUnavailable
from kaimedia.store.database import sqlite_files
from kaimedia.store.database.database import Database
from kaimedia.store.settings import SettingsStore
from kaimedia.store.stores import Stores
from kaimedia.store.tables import MEDIA
from tests.contract.store.factories import finish

PAGE_BYTES = 4096


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "kaimedia.db"


@pytest.fixture
def opened(file: Path) -> Iterator[Callable[[], Database]]:
    """Opens the database file, again for each restart in a test."""
    made: list[Database] = []

    def opener() -> Database:
        made.append(Database(f"sqlite:///{file}", counter_folder=file.parent / "sends"))
        made[-1].upgrade()
        return made[-1]

    yield opener
    for database in made:
        database.close()


def _fill(database: Database, count: int = 200) -> None:
    with database.write() as session:
        session.execute(insert(MEDIA), [{"media_type": "image", "prompt": "x" * 2000, "model": "m"}] * count)


def _rows(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        number: int = connection.execute("SELECT count(*) FROM media").fetchone()[0]
        return number


@pytest.mark.parametrize("damage", [b"not a database at all", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_not_a_database_needs_a_decision(
    file: Path, opened: Callable[[], Database], damage: bytes
) -> None:
    file.parent.mkdir()
    file.write_bytes(damage)
    for _ in range(2):  # the same at every start
        with pytest.raises(DatabaseClosed, match="damaged") as caught:
            opened()
        assert caught.value.reason is ClosedReason.DAMAGED and file.read_bytes() == damage
    previous = Database(f"sqlite:///{file}").replace_with(None)
    assert previous is not None and previous.read_bytes() == damage
    SettingsStore(opened()).get()


@pytest.mark.parametrize("table", ["media", "tasks", "settings", "idempotency", "ix_media_filename"])
def test_damage_of_any_table_is_seen(file: Path, opened: Callable[[], Database], table: str) -> None:
    database = opened()
    _fill(database)
    copy = database.back_up()
    database.close()
    with closing(sqlite3.connect(file)) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table]).fetchone()[0]
    with file.open("r+b") as stream:
        stream.seek((root - 1) * PAGE_BYTES)
        stream.write(b"\xa5" * PAGE_BYTES)
    with pytest.raises(DatabaseClosed, match="damaged"):
        opened()
    assert copy is not None
    database = Database(f"sqlite:///{file}")
    assert [one.file for one in database.list_copies() if one.is_usable] == [copy]
    previous = database.replace_with(copy)
    assert previous is not None and ".damaged-" in previous.name and previous.exists()
    opened()
    assert _rows(file) == 200


def test_a_damaged_copy_is_not_restored(file: Path, opened: Callable[[], Database]) -> None:
    database = opened()
    copy = database.back_up()
    database.close()
    assert copy is not None
    copy.write_bytes(b"\x00" * 9000)
    before = file.read_bytes()
    closed = Database(f"sqlite:///{file}")
    assert [one.is_usable for one in closed.list_copies()] == [False]
    with pytest.raises(StoreUnavailable, match="damaged too"):
        closed.replace_with(copy)
    assert file.read_bytes() == before


def test_the_check_of_a_large_file_ends_in_time(file: Path, opened: Callable[[], Database]) -> None:
    database = opened()
    _fill(database, 8_000)
    database.close()
    began = time.monotonic()
    assert sqlite_files.damage(file, limit_s=0.001) is None
    assert time.monotonic() - began < 1


def test_a_missing_file_is_not_recreated_while_copies_exist(file: Path, opened: Callable[[], Database]) -> None:
    database = opened()
    _fill(database)
    copy = database.back_up()
    database.close()
    file.unlink()
    with pytest.raises(DatabaseClosed) as caught:
        opened()
    assert caught.value.reason is ClosedReason.MISSING and not file.exists()
    assert Database(f"sqlite:///{file}").replace_with(copy) is None
    opened()
    assert _rows(file) == 200


def test_a_database_in_use_is_not_replaced(file: Path, opened: Callable[[], Database]) -> None:
    database = opened()
    copy = database.back_up()
    with pytest.raises(StoreUnavailable, match="in use"):
        Database(f"sqlite:///{file}").replace_with(copy)
    database.check_file()


@pytest.mark.parametrize("lost", ["db", "db wal shm", "wal shm", "wal", "shm"])
def test_a_file_deleted_under_the_app_is_written_back(file: Path, opened: Callable[[], Database], lost: str) -> None:
    database = opened()
    stores = Stores(database)
    before = finish(stores, "before")
    for ending in lost.split():
        (file if ending == "db" else file.with_name(f"{file.name}-{ending}")).unlink()
    with pytest.raises(DatabaseClosed, match="deleted or replaced") as caught:
        database.check_before_paying()
    assert caught.value.reason is ClosedReason.MOVED
    after = finish(stores, "after")  # accepted tasks are still written, and saved too
    database.close()
    again = opened()
    assert {task.task_id for task in Stores(again).task_reader.page().items} == {before.task_id, after.task_id}
    assert again.copy_state() is None, "a continuation, not a copy"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_was_written_last_survives_a_kill(file: Path, opened: Callable[[], Database], tmp_path: Path) -> None:
    """The watcher saves the content again after each change."""
    database = opened()
    file.unlink()
    with pytest.raises(DatabaseClosed):
        database.check_file()
    task = finish(Stores(database), "late")
    until = time.monotonic() + 10
    while time.monotonic() < until:
        shutil.copyfile(file, tmp_path / "as killed.db")
        with closing(sqlite3.connect(tmp_path / "as killed.db")) as connection:
            if connection.execute("SELECT task_id FROM tasks").fetchall() == [(task.task_id,)]:
                return
        time.sleep(0.1)
    raise AssertionError("the task was not written back")


def test_a_replacement_file_stays_and_ours_is_saved_next_to_it(file: Path, opened: Callable[[], Database]) -> None:
    database = opened()
    copy = database.back_up()
    assert copy is not None
    finish(Stores(database), "since the copy")
    shutil.copyfile(copy, file.with_name("new"))
    file.with_name("new").replace(file)
    with pytest.raises(DatabaseClosed) as caught:
        database.check_before_paying()
    (rescued,) = file.parent.glob("kaimedia.db.rescued-*")
    assert rescued.name in caught.value.next_step
    database.close()
    with closing(sqlite3.connect(rescued)) as connection:
        assert connection.execute("SELECT count(*) FROM tasks").fetchone() == (1,)
    again = opened()
    assert Stores(again).task_reader.page().total == 0 and again.copy_state() is not None
    assert rescued in [one.file for one in again.list_copies()]


def test_old_journals_are_not_applied_to_a_copy(file: Path, opened: Callable[[], Database], tmp_path: Path) -> None:
    """As after a kill: the copy was restored by hand, and the old journals are still there."""
    database = opened()
    copy = database.back_up()
    assert copy is not None
    _fill(database)
    wal = file.with_name(f"{file.name}-wal")
    left = wal.read_bytes()
    database.close()
    shutil.copyfile(copy, file)
    wal.write_bytes(left)
    opened()
    assert _rows(file) == 0
    assert [path.read_bytes() for path in file.parent.glob("*-wal.stale-*")] == [left]


def test_the_journals_of_a_copy_in_use_are_left_alone(file: Path, opened: Callable[[], Database]) -> None:
    """Some data is only in the journal: a second process, and one started after a kill, must read it."""
    database = opened()
    copy = database.back_up()
    database.close()
    assert copy is not None
    shutil.copyfile(copy, file)
    first = opened()
    _fill(first)
    second = opened()
    first.check_file()
    with second.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM media").scalar() == 200
    wal = file.with_name(f"{file.name}-wal")
    left, main = wal.read_bytes(), file.read_bytes()
    first.close()
    second.close()
    file.write_bytes(main)
    wal.write_bytes(left)  # as a kill leaves them
    opened()
    assert _rows(file) == 200 and not list(file.parent.glob("*.stale-*"))


def test_a_file_in_use_by_another_process_is_not_overwritten(file: Path, opened: Callable[[], Database]) -> None:
    """Another process was started on the file we wrote back; this one still has the old one open."""
    old = opened()
    file.unlink()
    with pytest.raises(DatabaseClosed):
        old.check_file()
    new = opened()
    theirs = finish(Stores(new), "theirs")
    ours = finish(Stores(old), "ours")
    old.close()
    assert [task.task_id for task in Stores(new).task_reader.page().items] == [theirs.task_id]
    rescued = max(file.parent.glob("kaimedia.db.rescued-*"))
    with closing(sqlite3.connect(rescued)) as connection:
        assert connection.execute("SELECT task_id FROM tasks").fetchall() == [(ours.task_id,)]


def test_parts_of_killed_copies_are_swept(file: Path, opened: Callable[[], Database]) -> None:
    database = opened()
    copy = database.back_up()
    assert copy is not None
    old, fresh = (copy.parent / f".kaimedia-{name}.part" for name in ("0ld", "fresh"))
    for part in (old, fresh):
        part.write_bytes(b"half")
    hours_ago = utc_now().timestamp() - 2 * 3600
    os.utime(old, (hours_ago, hours_ago))
    database.back_up()
    assert not old.exists() and fresh.exists()
