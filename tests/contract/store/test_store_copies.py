"""Copies of a database before a migration, and databases that are damaged."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, text

from kaimedia.errors import StoreUnavailable
from kaimedia.store.database import run_migrations
from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from kaimedia.store.tables import MEDIA
from tests.contract.store.factories import finish


def test_copies_are_checked_and_the_newest_seven_stay(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}/kaimedia.db", backup_folder=tmp_path / "copies")
    db.upgrade()
    done = finish(Stores(db), "a")
    made = [db.back_up() for _ in range(9)]
    assert sorted((tmp_path / "copies").iterdir()) == made[2:]
    db.close()
    copy = Database(f"sqlite:///{made[-1]}")
    assert Stores(copy).task_reader.get(done.task_id) == done
    copy.close()
    assert made[-1].stat().st_mode & 0o777 == 0o600 and made[-1].parent.stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").write_text("")
    elsewhere = Database(f"sqlite:///{tmp_path}/kaimedia.db", backup_folder=tmp_path / "file")
    with pytest.raises(StoreUnavailable, match="cannot be copied"):
        elsewhere.back_up()


def test_a_copy_under_a_writer_ends_and_is_whole(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}/kaimedia.db")
    db.upgrade()
    with db.write() as session:
        row = {"media_type": "image", "prompt": "x" * 2000, "model": "m"}
        session.execute(insert(MEDIA), [row] * 3000)
        assert db.back_up() is not None, "the writer has not committed yet"
    copy = db.back_up()
    with closing(sqlite3.connect(str(copy))) as connection:
        assert connection.execute("SELECT count(*) FROM media").fetchone() == (3000,)
    db.close()


def test_a_damaged_database_is_not_copied_over_good_copies(tmp_path: Path) -> None:
    file = tmp_path / "kaimedia.db"
    db = Database(f"sqlite:///{file}")
    db.upgrade()
    with db.write() as session:
        session.execute(insert(MEDIA), [{"media_type": "image", "prompt": "x" * 2000, "model": "m"}] * 200)
    db.close()
    content = bytearray(file.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 8192] = b"\xff" * 8192
    file.write_bytes(content)
    with pytest.raises(StoreUnavailable, match="damaged"):
        db.back_up()
    assert list((tmp_path / "backups").glob("*.db")) == [] and file.read_bytes() == content
    db.close()


def test_a_migration_that_breaks_references_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db = Database(f"sqlite:///{tmp_path}/kaimedia.db")
    db.upgrade()
    with db.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))

    def break_reference(connection: Connection) -> None:
        connection.execute(text("INSERT INTO tasks (media_id, task_id) VALUES (99, 't')"))

    monkeypatch.setattr(run_migrations, "upgrade", break_reference)
    with pytest.raises(StoreUnavailable, match="break a reference in tasks; nothing was changed"):
        db.upgrade()
    assert Stores(db).task_reader.page().total == 0
    db.close()


def test_a_postgresql_server_is_not_copied(db: Database, dialect: str) -> None:
    assert (db.back_up() is None) == (dialect == "postgresql")
