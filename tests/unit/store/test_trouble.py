"""Driver messages become sentences; errors about our own rows pass through."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kaimedia.errors import StoreUnavailable
from kaimedia.store.trouble import translated

FILE = make_url("sqlite:///data/kai.db")
SERVER = make_url("postgresql+psycopg://me:secret@db.example:5433/kai")


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("database is locked", "another program holds it"),
        ("database table is locked", "another program holds it"),
        ("database or disk is full", "disk that holds the database is full"),
        ("could not extend file: No space left on device", "disk that holds the database is full"),
        ("attempt to write a readonly database", "read-only"),
        ("unable to open database file", "cannot be opened"),
        ("file is not a database", "damaged"),
        ("database disk image is malformed", "damaged"),
        ("disk I/O error", "does not answer as it should"),
        ("no such table: media", "not been set up"),
        ("no such column: media.colors", "another version"),
        ('FATAL:  password authentication failed for user "me"', "refuses the user name or the password"),
        ('FATAL:  database "kai" does not exist', "does not exist"),
        ("FATAL:  sorry, too many clients already", "no more connections"),
        ("deadlock detected", "stood in each other's way"),
        ("connection refused", "does not answer"),
    ],
)
def test_messages_become_sentences(message: str, sentence: str) -> None:
    for url in (FILE, SERVER):
        original = sqlite3.OperationalError(message)
        with pytest.raises(StoreUnavailable, match=sentence) as raised, translated(url):
            raise OperationalError("SELECT 1", {}, original)
        assert "secret" not in str(raised.value) and raised.value.next_step and raised.value.retryable
        assert raised.value.__cause__ is not None


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (make_url("sqlite:////home/somebody/data/kai.db"), "/home/somebody/data/kai.db"),
        (SERVER, "db.example:5433/kai"),
    ],
)
def test_the_place_is_for_the_log_only(url: URL, place: str, caplog: pytest.LogCaptureFixture) -> None:
    for reason in ("disk I/O error", "no words we know"):
        caplog.clear()
        with pytest.raises(StoreUnavailable) as raised, translated(url):
            raise sqlite3.OperationalError(reason)
        told = f"{raised.value} {raised.value.next_step}"
        assert not any(part in told for part in ("somebody", "kai.db", "db.example", "5433"))
        assert place in caplog.text and reason in caplog.text and "secret" not in caplog.text


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
