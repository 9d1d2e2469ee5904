"""Driver errors are translated by their codes; errors about our own rows pass through."""

from __future__ import annotations

import socket
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kaimedia.errors import StoreUnavailable
from kaimedia.store.database.errors import translated

FILE = make_url("sqlite:///data/kai.db")
SERVER = make_url("postgresql+psycopg://me:secret@db.example:5433/kai")


def of_sqlite(code: int) -> sqlite3.Error:
    error = sqlite3.DatabaseError("words in any language")
    error.sqlite_errorcode = code
    return error


def of_postgres(sqlstate: str) -> psycopg.Error:
    return psycopg.errors.lookup(sqlstate)("words in any language")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_BUSY, "another program has it locked"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "another program has it locked"),
        (sqlite3.SQLITE_LOCKED, "another program has it locked"),
        (sqlite3.SQLITE_FULL, "disk that holds the database is full"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, "read-only"),
        (sqlite3.SQLITE_CANTOPEN, "cannot be opened"),
        (sqlite3.SQLITE_NOTADB, "damaged"),
        (sqlite3.SQLITE_CORRUPT_INDEX, "damaged"),
        (sqlite3.SQLITE_IOERR_READ, "reports errors"),
        (sqlite3.SQLITE_NOMEM, "is not responding"),
    ],
)
def test_sqlite_errors_are_known_by_their_codes(code: int, expected: str) -> None:
    is_readable(OperationalError("SELECT 1", {}, of_sqlite(code)), FILE, expected)
    is_readable(of_sqlite(code), FILE, expected)


@pytest.mark.parametrize(
    ("sqlstate", "expected"),
    [
        ("53100", "disk that holds the database is full"),
        ("55P03", "another program has it locked"),
        ("25006", "read-only"),
        ("58030", "reports errors"),
        ("XX001", "The database is damaged"),
        ("42P01", "not been set up"),
        ("42703", "another version"),
        ("3D000", "does not exist"),
        ("28P01", "rejected the user name or password"),
        ("53300", "not accepting more connections"),
        ("40P01", "blocked each other"),
        ("57P01", "is not responding"),
    ],
)
def test_postgres_errors_are_known_by_their_sqlstate(sqlstate: str, expected: str) -> None:
    kind = ProgrammingError if sqlstate.startswith("42") else OperationalError
    is_readable(kind("SELECT 1", {}, of_postgres(sqlstate)), SERVER, expected)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (sqlite3.OperationalError("no such table: media"), "not been set up"),
        (sqlite3.OperationalError("no such column: media.colors"), "another version"),
        (psycopg.OperationalError('FATAL:  password authentication failed for user "me"'), "user name or password"),
        (psycopg.OperationalError('FATAL:  database "kai" does not exist'), "does not exist"),
        (psycopg.OperationalError("FATAL:  sorry, too many clients already"), "not accepting more connections"),
        (psycopg.OperationalError('FATAL:  role "me" does not exist'), "user name or password"),
        (psycopg.OperationalError('FATAL:  no pg_hba.conf entry for host "h", user "me", SSL on'), "user name or"),
        (psycopg.OperationalError('FATAL:  no pg_hba.conf entry for host "h", user "me", no encryption'), "with TLS"),
        (psycopg.OperationalError("failed: Network is unreachable"), "no route"),
        (psycopg.errors.ConnectionTimeout("connection timeout expired"), "is not responding"),
    ],
)
def test_errors_without_a_code_are_known_by_their_message(error: Exception, expected: str) -> None:
    is_readable(OperationalError("SELECT 1", {}, error), SERVER, expected)


@pytest.mark.parametrize(
    ("answer", "place", "expected", "step"),
    [
        (None, {"host": "no-such-host.invalid"}, "host was not found", "host name"),
        (None, {}, "refused the connection", "host and port"),
        (b"N", {"sslmode": "require"}, "does not support TLS", "sslmode=disable"),
        (b"", {"sslmode": "disable"}, "is not responding", "running"),
    ],
    ids=["unknown host", "refused", "no TLS", "closed"],
)
def test_errors_of_a_real_connection(answer: bytes | None, place: dict[str, str], expected: str, step: str) -> None:
    """`answer` is all that a server says to the first packet; None: nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = {"host": "127.0.0.1", "port": str(server.getsockname()[1]), **place}
        if answer is None:
            server.close()
        else:
            threading.Thread(target=_answer_once, args=(server, answer), daemon=True).start()
        with pytest.raises(StoreUnavailable, match=expected) as raised, translated(SERVER):
            try:
                psycopg.connect(user="me", password="secret", dbname="kai", connect_timeout=5, **place)  # type: ignore[arg-type]
            except psycopg.OperationalError as error:
                raise OperationalError("connect", {}, error) from error
    assert step in raised.value.next_step and "127.0.0.1" not in raised.value.message


def _answer_once(server: socket.socket, answer: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(1024)
        connection.sendall(answer)


def is_readable(error: Exception, url: URL, expected: str) -> None:
    with pytest.raises(StoreUnavailable, match=expected) as raised, translated(url):
        raise error
    assert "secret" not in str(raised.value) and raised.value.next_step and raised.value.retryable
    assert raised.value.__cause__ is not None


def _of_no_database(folder: Path) -> None:
    (folder / "kai.db").write_bytes(b"no database" * 100)
    sqlite3.connect(folder / "kai.db").execute("SELECT * FROM media")


def _of_no_folder(folder: Path) -> None:
    sqlite3.connect(folder / "missing" / "kai.db")


def _of_a_locked_one(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "kai.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        sqlite3.connect(folder / "kai.db", timeout=0).execute("CREATE TABLE media (id)")


def _of_no_table(folder: Path) -> None:
    sqlite3.connect(folder / "kai.db").execute("SELECT * FROM media")


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (_of_no_database, "damaged"),
        (_of_no_folder, "cannot be opened"),
        (_of_a_locked_one, "has it locked"),
        (_of_no_table, "not been set up"),
    ],
)
def test_errors_of_a_real_file(tmp_path: Path, cause: Callable[[Path], None], expected: str) -> None:
    with pytest.raises(StoreUnavailable, match=expected), translated(FILE):
        cause(tmp_path)


@pytest.mark.parametrize(
    ("url", "location"),
    [
        (make_url("sqlite:////home/somebody/data/kai.db"), "/home/somebody/data/kai.db"),
        (SERVER, "db.example:5433/kai"),
    ],
)
def test_the_location_goes_only_to_the_log(url: URL, location: str, caplog: pytest.LogCaptureFixture) -> None:
    for reason in ("disk I/O error", "no words we know"):
        caplog.clear()
        with pytest.raises(StoreUnavailable) as raised, translated(url):
            raise sqlite3.OperationalError(reason)
        shown = f"{raised.value} {raised.value.next_step}"
        assert not any(part in shown for part in ("somebody", "kai.db", "db.example", "5433"))
        assert location in caplog.text and reason in caplog.text and "secret" not in caplog.text


def test_a_damaged_file_and_a_busy_pool_are_unavailable_too() -> None:
    for error in (DatabaseError("", {}, of_sqlite(sqlite3.SQLITE_CORRUPT)), PoolTimeout("all in use")):
        with pytest.raises(StoreUnavailable), translated(FILE):
            raise error


@pytest.mark.parametrize("kind", [IntegrityError, DataError])
def test_errors_about_rows_pass_through(kind: type[DatabaseError]) -> None:
    with pytest.raises(kind), translated(FILE):
        raise kind("", {}, sqlite3.IntegrityError("UNIQUE constraint failed"))
    with pytest.raises(ProgrammingError), translated(SERVER):
        raise ProgrammingError("", {}, of_postgres("42601"))
    with pytest.raises(KeyError), translated(FILE):
        raise KeyError
