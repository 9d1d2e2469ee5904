"""Database URLs: which are valid, which are rejected, and when the connection must be encrypted."""

from __future__ import annotations

import sqlite3
import traceback
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, QueuePool, event

from kaimedia import log
from kaimedia.errors import ConfigError
from kaimedia.store.database.connecting import make_folder, open_engine, read_url, sqlite_file, use_wal
from kaimedia.store.database.database import Database
from kaimedia.store.database.sqlite_files import make as make_file


@pytest.mark.parametrize(
    ("address", "driver"),
    [
        ("postgres://me@host/db", "postgresql+psycopg"),
        ("postgresql://me@host/db", "postgresql+psycopg"),
        ("postgresql+psycopg://me@host/db?sslmode=require", "postgresql+psycopg"),
        ("sqlite:///data/kaimedia.db", "sqlite"),
    ],
)
def test_valid_urls(address: str, driver: str) -> None:
    assert read_url(address).drivername == driver


@pytest.mark.parametrize("address", ["mysql://me:secret@host/db", "postgresql+asyncpg://me:secret@h/d", ":secret"])
def test_refused_urls_are_not_repeated(address: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_url(address)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:first@CANARYrest@127.0.0.1:1/x",
        "postgres://me:first@CANARYrest@127.0.0.1/x",
        "postgresql://me:fi/rst@CANARYrest@host/x",
        "postgresql://me/CANARY:pw@host/x",
        "postgresql://me:first@CANARY:99@host/x",
    ],
)
def test_an_unescaped_password_is_a_readable_error(address: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_url(address)
    assert raised.value.setting == "KAIMEDIA_DATABASE_URL"
    trace = "".join(traceback.format_exception(raised.value))
    assert "CANARY" not in f"{raised.value} {raised.value.next_step}" and "CANARY" not in trace.rpartition("Error:")[2]
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


def test_an_escaped_password_is_read_and_hidden() -> None:
    url = read_url("postgresql://me:CANARY%40one@host/x?sslpassword=CANARY%20two")
    assert (url.password, url.host) == ("CANARY@one", "host")
    for secret in ("CANARY@one", "CANARY%40one", "CANARY two"):
        assert "CANARY" not in log.redact(f"it said: {secret}")


def test_new_files_are_private(tmp_path: Path) -> None:
    folder, file = tmp_path / "data", tmp_path / "data" / "kai.db"
    make_folder(folder)
    make_file(file)
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    folder.chmod(0o750)
    file.chmod(0o640)
    file.write_bytes(b"content")
    make_folder(folder)
    make_file(file)
    make_file(tmp_path / "nowhere" / "kai.db")  # SQLite reports it later
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o750, 0o640)
    assert file.read_bytes() == b"content"


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("sqlite:///data/kai.db", Path("data/kai.db")),
        ("sqlite:////var/kai.db", Path("/var/kai.db")),
        ("sqlite:///file:/var/a%20b.db?uri=true", Path("/var/a b.db")),
        ("postgresql://host/db", None),
    ],
)
def test_the_file_of_a_url(address: str, file: Path | None) -> None:
    assert sqlite_file(read_url(address)) == file


def arguments(address: str) -> tuple[dict[str, Any], type]:
    """The driver's arguments for a URL, and the kind of pool."""
    given: dict[str, Any] = {}
    engine = open_engine(read_url(address))

    @event.listens_for(engine, "do_connect")
    def capture(_dialect: object, _record: object, _args: object, keywords: dict[str, Any]) -> None:
        given.update(keywords)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        engine.connect()
    return given, type(engine.pool)


@pytest.mark.parametrize(
    ("host", "mode"),
    [
        ("localhost", None),
        ("127.0.0.1", None),
        ("192.168.1.5", None),
        ("db", None),
        ("db.local", None),
        ("ep-cool-1.eu.neon.tech", "require"),
        ("8.8.8.8", "require"),
    ],
)
def test_connections_to_public_hosts_are_encrypted(
    host: str, mode: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGSSLMODE", raising=False)
    given, pool = arguments(f"postgresql://me@{host}/db")
    assert given.get("sslmode") == mode and pool is QueuePool and given["connect_timeout"] == 10
    assert arguments(f"postgresql://me@{host}/db?sslmode=verify-full")[0]["sslmode"] == "verify-full"
    monkeypatch.setenv("PGSSLMODE", "prefer")
    assert "sslmode" not in arguments(f"postgresql://me@{host}/db")[0]


def test_a_transaction_pooler_gets_no_prepared_statements() -> None:
    for address in ("postgresql://me@x-pooler.neon.tech/db", "postgresql://me@db.example.com:6543/db"):
        given, pool = arguments(address)
        assert given["prepare_threshold"] is None and pool is NullPool
    assert "prepare_threshold" not in arguments("postgresql://me@localhost/db")[0]


class Busy(sqlite3.Connection):
    """A file that another program is switching to WAL: locked three times."""

    rejections = 3
    message = "database is locked"

    def execute(self, *given: Any) -> sqlite3.Cursor:
        if self.rejections:
            self.rejections -= 1
            error = sqlite3.OperationalError(self.message)
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY if "locked" in self.message else sqlite3.SQLITE_IOERR
            raise error
        return super().execute(*given)


def test_two_programs_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "a.db", factory=Busy)
    use_wal(connection, 10.0)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    for message, patience_s in (("database is locked", -1.0), ("disk I/O error", 10.0)):
        connection.rejections, connection.message = 1, message  # type: ignore[attr-defined]
        with pytest.raises(sqlite3.OperationalError, match=message):
            use_wal(connection, patience_s)
    connection.close()


@pytest.mark.parametrize(("version", "is_old"), [((3, 34, 1), True), ((3, 8, 0), True), ((3, 35, 0), False)])
def test_a_sqlite_without_returning_is_refused_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], is_old: bool
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    if not is_old:
        Database(f"sqlite:///{tmp_path}/data/kai.db").close()
        return
    text = f"SQLite {version[0]}.{version[1]} is too old, 3.35 is needed"
    with pytest.raises(ConfigError, match=text) as caught:
        Database(f"sqlite:///{tmp_path}/data/kai.db")
    assert caught.value.setting == "KAIMEDIA_DATABASE_URL" and "KAIMEDIA_DATABASE_URL" in caught.value.next_step
    assert not (tmp_path / "data").exists()
    Database("postgresql://kai@127.0.0.1:1/kai").close()
