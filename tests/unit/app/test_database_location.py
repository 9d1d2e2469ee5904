"""The location of the database: folders with unusual names, and a database in the older location."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kaimedia import config
from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import Phase
from kaimedia.store.database.connecting import read_url, sqlite_file
from kaimedia.store.database.database import Database
from tests.conftest import image_request, wait_for_phase

NAMES = [
    "kai%20media",
    "a#b",
    "a?b",
    "a?mode=memory",
    "ü é 日本",
    " leading and trailing ",
    "100%",
    "%2F",
    "it's",
    'say "hi"',
    "a;b",
    "-rf",
    "a+b",
    "a&b=c",
    "a\nb",
    "file:x",
    "a@b:c",
    "{x}$HOME~",
    ":memory:x",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("way", ["the checkout", "KAIMEDIA_DATA", "a relative address", "an absolute address"])
def test_the_database_is_at_the_configured_path(tmp_path: Path, name: str, way: str) -> None:
    root, there = tmp_path, tmp_path / name / "data" / "kaimedia.db"
    there.parent.mkdir(parents=True)
    environment = {
        "the checkout": {},
        "KAIMEDIA_DATA": {"KAIMEDIA_DATA": str(there.parent)},
        "a relative address": {"KAIMEDIA_DATABASE_URL": f"sqlite:///{name}/data/kaimedia.db"},
        "an absolute address": {"KAIMEDIA_DATABASE_URL": f"sqlite:///{there}"},
    }[way]
    if way == "a relative address" and name.startswith("file:"):
        pytest.skip("SQLite reads a relative address that begins with file: as a URI")
    loaded = config.load(root / name if way == "the checkout" else root, environment)
    file = sqlite_file(read_url(loaded.database_url))
    assert file == there
    database = Database(loaded.database_url)
    database.upgrade()
    database.close()
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.db"))
    assert found == [there.relative_to(tmp_path).as_posix()]


def test_escapes_and_queries_in_a_url_work(tmp_path: Path) -> None:
    loaded = config.load(tmp_path, {"KAIMEDIA_DATABASE_URL": "sqlite:///not%20there/x.db?timeout=3"})
    url = read_url(loaded.database_url)
    assert url.database == str(tmp_path / "not there" / "x.db") and url.query == {"timeout": "3"}
    for url_text in ("postgresql://u:p%40@h/d?sslmode=require", "sqlite:////abs/x.db", "mysql://x/y"):
        assert config.load(tmp_path, {"KAIMEDIA_DATABASE_URL": url_text}).database_url == url_text


@pytest.mark.parametrize("name", ["kai%20media", "a#b?c", "ü 日本 'x'", "a\nb;c"])
def test_a_whole_task_in_such_a_folder(
    tmp_path: Path, name: str, open_test_context: Callable[..., AppContext], config: Config
) -> None:
    from kaimedia import config as configuration

    root = tmp_path / name
    root.mkdir()
    loaded = configuration.load(root, {})
    context = open_test_context(replace(loaded, sandbox_url=config.sandbox_url, poll_s=0.1))
    task = context.studio.tasks.submit(image_request())
    done = wait_for_phase(context, task.task_id, Phase.DONE)
    (item,) = context.studio.gallery.of_task(done.task_id)
    assert (root / "static" / "media" / (item.filename or "")).is_file()
    assert context.database.back_up() is not None
    assert list((root / "data" / "backups").glob("*.db")) and (root / "data" / "secret.key").is_file()
    assert sorted(path.name for path in root.iterdir()) == ["data", "static"]
    assert {path.name for path in tmp_path.iterdir()} <= {name, "sandbox-media"}


def used(file: Path) -> Path:
    """A database with a task."""
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE tasks (id INTEGER)")
    connection.execute("INSERT INTO tasks VALUES (1)")
    connection.commit()
    connection.close()
    return file


def database_of(loaded: Config) -> Path | None:
    return sqlite_file(read_url(loaded.database_url))


def test_the_data_folder_moves_the_database(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    loaded = config.load(tmp_path, {"KAIMEDIA_DATA": str(elsewhere)})
    assert database_of(loaded) == elsewhere / "kaimedia.db" and loaded.older_database is None
    assert loaded.origins["KAIMEDIA_DATABASE_URL"].value == f"sqlite:///{elsewhere}/kaimedia.db"
    explicit = config.load(tmp_path, {"KAIMEDIA_DATA": str(elsewhere), "KAIMEDIA_DATABASE_URL": "sqlite:///x.db"})
    assert database_of(explicit) == tmp_path / "x.db"


def test_a_database_in_the_older_location_is_used_there_and_reported(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, open_test_context: Callable[..., AppContext]
) -> None:
    before = open_test_context(config.load(tmp_path, {}), run_engine=False)
    task = before.studio.tasks.submit(image_request())
    before.close()
    older, elsewhere = tmp_path / "data" / "kaimedia.db", tmp_path / "elsewhere"
    loaded = config.load(tmp_path, {"KAIMEDIA_DATA": str(elsewhere)})
    assert database_of(loaded) == older == loaded.older_database
    said, step = config.about_older_database(loaded) or ("", "")
    assert str(older) in said and str(elsewhere) in step
    assert older.exists() and not elsewhere.exists()
    with caplog.at_level(logging.WARNING):
        after = open_test_context(loaded, run_engine=False)
    assert str(older) in caplog.text and str(older) in after.studio.settings.places()["older database"]
    assert after.studio.tasks.get(task.task_id).phase is Phase.QUEUED
    assert not (elsewhere / "kaimedia.db").exists()


def test_with_one_in_both_locations_the_new_one_is_used_and_the_other_reported(tmp_path: Path) -> None:
    older, newer = used(tmp_path / "data" / "kaimedia.db"), used(tmp_path / "elsewhere" / "kaimedia.db")
    loaded = config.load(tmp_path, {"KAIMEDIA_DATA": str(newer.parent)})
    assert database_of(loaded) == newer and loaded.older_database == older
    said, _ = config.about_older_database(loaded) or ("", "")
    assert str(older) in said and str(newer) in said


@pytest.mark.parametrize("content", [b"", None])
def test_an_empty_older_database_is_ignored(tmp_path: Path, content: bytes | None) -> None:
    older = tmp_path / "data" / "kaimedia.db"
    older.parent.mkdir()
    if content is None:
        database = Database(f"sqlite:///{older}")
        database.upgrade()
        database.close()
    else:
        older.write_bytes(content)
    loaded = config.load(tmp_path, {"KAIMEDIA_DATA": str(tmp_path / "elsewhere")})
    assert database_of(loaded) == tmp_path / "elsewhere" / "kaimedia.db" and loaded.older_database is None


def test_an_unreadable_older_database_counts_as_used(tmp_path: Path) -> None:
    older = tmp_path / "data" / "kaimedia.db"
    older.parent.mkdir()
    older.write_bytes(b"SQLite format 3\x00" + b"broken" * 100)
    assert database_of(config.load(tmp_path, {"KAIMEDIA_DATA": str(tmp_path / "elsewhere")})) == older
