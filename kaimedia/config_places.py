"""Where the database lies: a path becomes an address without losing a letter, and an older place is not forgotten."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, unquote

from kaimedia.errors import ConfigError

FILE_NAME = "kaimedia.db"
_SQLITE = ("sqlite:///", "sqlite+pysqlite:///")
_SETTING = "KAIMEDIA_DATABASE_URL"


def address_of(file: Path) -> str:
    """The address of a SQLite file; every letter that means something in an address is written %XX.

    Raises:
        ConfigError: The path holds bytes that are no text; an address cannot name it.
    """
    try:
        return f"sqlite:///{quote(str(file), safe='/:')}"
    except UnicodeEncodeError:
        raise ConfigError(
            "The folder of the database has a name that is not UTF-8.",
            setting="KAIMEDIA_DATA",
            next_step="Set KAIMEDIA_DATA to a folder with another name, then start again.",
        ) from None


def database_url(given: str, root: Path) -> str:
    """The address a person gave, for the store to check. A relative SQLite file lies below `root`.

    What was pasted without quoting (`/srv/kai%20media/x.db`, `/srv/a?b/x.db`) counts as it stands when its folder is
    there; else %XX and a query mean what they mean in an address.
    """
    prefix = next((prefix for prefix in _SQLITE if given.startswith(prefix)), None)
    if prefix is None:
        return given
    rest = given.removeprefix(prefix)
    if rest.startswith(("file:", "?")) or rest.partition("?")[0] in ("", ":memory:"):
        return given
    as_it_stands = root / rest
    if any(sign in rest for sign in "%?") and as_it_stands.parent.is_dir():
        return address_of(as_it_stands)
    path, mark, query = rest.partition("?")
    return f"{address_of(root / unquote(path))}{mark}{query}"


def default_database(root: Path, data_folder: Path) -> tuple[Path, Path | None]:
    """The database file where no address is given, and another one that lies in the older place, `data` in `root`.

    Up to version 0.1 KAIMEDIA_DATA did not move the database. One that was left there is used where it is as long as
    there is none in the data folder: it may hold paid tasks, it may be in use by another process this moment, and a
    copy of it would send what waits in it a second time.
    """
    file, older = data_folder / FILE_NAME, root / "data" / FILE_NAME
    if _is_same(file, older) or not older.is_file():
        return file, None
    if file.exists() or not _holds_work(older):
        return file, older if file.exists() and _holds_work(older) else None
    return older, older


def about_older(older: Path, in_use: str, data_folder: Path) -> tuple[str, str]:
    """What to say about a database in the older place, and what to do; `in_use` is the address of the one used."""
    if in_use == address_of(older):
        return (
            f"The database is still {older}, where it lay before KAIMEDIA_DATA was set; it is used there.",
            "To move it, stop everything that uses it and move kaimedia.db, kaimedia.db-wal and kaimedia.db-shm to "
            f"{data_folder}. To keep it there, set KAIMEDIA_DATABASE_URL.",
        )
    return (
        f"Another database lies in {older}; {data_folder / FILE_NAME} is the one in use.",
        "What was made with the other one is not shown. Point KAIMEDIA_DATABASE_URL at it to use it, or move it away.",
    )


def _is_same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _holds_work(file: Path) -> bool:
    """Whether anything was ever asked for in this database; when that cannot be read, it counts as yes."""
    if file.stat().st_size == 0:
        return False
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=2)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            asked = [f"SELECT 1 FROM {name} LIMIT 1" for name in ("tasks", "media") if name in tables]
            found = [connection.execute(question).fetchone() for question in asked]
    except sqlite3.Error:
        return True
    return any(found)
