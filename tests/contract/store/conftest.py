"""Fixtures that run the same store tests on both databases."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kaimedia.store.database.database import Database
from kaimedia.store.settings import SettingsStore
from kaimedia.store.stores import Stores
from tests.contract.store.postgres_pool import PostgresPool
from tests.postgres import fresh_database


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on."""
    return str(request.param)


@pytest.fixture
def empty_url(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The URL of a database without tables."""
    if dialect == "sqlite":
        return f"sqlite:///{tmp_path}/data/kaimedia.db"
    return fresh_database(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    file = tmp_path_factory.mktemp("template") / "kaimedia.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """The name of a migrated database to copy."""
    url = fresh_database(postgres_url)
    _migrate(url)
    return url.rpartition("/")[2]


def _migrate(url: str) -> None:
    database = Database(url)
    database.upgrade()
    database.close()


@pytest.fixture(scope="session")
def postgres_pool(postgres_url: str, postgres_template: str) -> PostgresPool:
    """Copies of it."""
    return PostgresPool(postgres_url, postgres_template)


@pytest.fixture
def url(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a separate migrated database for the test."""
    if dialect == "postgresql":
        pool: PostgresPool = request.getfixturevalue("postgres_pool")
        taken = pool.take()
        yield taken
        pool.give_back(taken)
        return
    file = tmp_path / "kaimedia.db"
    shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
    yield f"sqlite:///{file}"


@pytest.fixture
def open_database(tmp_path: Path) -> Iterator[Callable[[str], Database]]:
    """Opens databases that are closed after the test."""
    opened: list[Database] = []

    def opener(url: str) -> Database:
        opened.append(Database(url, backup_folder=tmp_path / "backups"))
        return opened[-1]

    yield opener
    for database in opened:
        database.close()


@pytest.fixture
def db(url: str, open_database: Callable[[str], Database]) -> Database:
    """A migrated database."""
    return open_database(url)


@pytest.fixture
def stores(db: Database) -> Stores:
    """Its stores."""
    return Stores(db)


@pytest.fixture
def settings(db: Database) -> SettingsStore:
    """Its settings."""
    return SettingsStore(db)
