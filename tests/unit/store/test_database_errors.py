"""Driver errors are translated; errors about our own rows pass through."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kaimedia.errors import StoreUnavailable
from kaimedia.store.database.errors import translated

FILE = make_url("sqlite:///data/kai.db")
SERVER = make_url("postgresql+psycopg://me:secret@db.example:5433/kai")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("database is locked", "another program has it locked"),
        ("database table is locked", "another program has it locked"),
        ("database or disk is full", "disk that holds the database is full"),
        ("could not extend file: No space left on device", "disk that holds the database is full"),
        ("attempt to write a readonly database", "read-only"),
        ("unable to open database file", "cannot be opened"),
        ("file is not a database", "damaged"),
        ("database disk image is malformed", "damaged"),
        ("disk I/O error", "reports errors"),
        ("no such table: media", "not been set up"),
        ("no such column: media.colors", "another version"),
        ('FATAL:  password authentication failed for user "me"', "rejected the user name or password"),
        ('FATAL:  database "kai" does not exist', "does not exist"),
        ("FATAL:  sorry, too many clients already", "no more connections"),
        ("deadlock detected", "blocked each other"),
        ("connection refused", "does not respond"),
    ],
)
def test_driver_messages_become_readable_errors(message: str, expected: str) -> None:
    for url in (FILE, SERVER):
        original = sqlite3.OperationalError(message)
        with pytest.raises(StoreUnavailable, match=expected) as raised, translated(url):
            raise OperationalError("SELECT 1", {}, original)
        assert "secret" not in str(raised.value) and raised.value.next_step and raised.value.retryable
        assert raised.value.__cause__ is not None


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
    for error in (DatabaseError("", {}, sqlite3.DatabaseError("malformed")), PoolTimeout("all in use")):
        with pytest.raises(StoreUnavailable), translated(FILE):
            raise error


@pytest.mark.parametrize("kind", [IntegrityError, DataError])
def test_errors_about_rows_pass_through(kind: type[DatabaseError]) -> None:
    with pytest.raises(kind), translated(FILE):
        raise kind("", {}, sqlite3.IntegrityError("UNIQUE constraint failed"))
    with pytest.raises(KeyError), translated(FILE):
        raise KeyError
