"""The location of the database: builds its URL from a path, and finds a database in the older location."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, unquote

from kaimedia.errors import ConfigError

FILE_NAME = "kaimedia.db"
_SQLITE = ("sqlite:///", "sqlite+pysqlite:///")


def address_of(file: Path) -> str:
    """The URL of a SQLite file; characters with a special meaning in a URL are escaped as %XX.

    Raises:
        ConfigError: the path is not valid UTF-8 and cannot be written as a URL.
    """
    try:
        return f"sqlite:///{quote(str(file), safe='/:')}"
    except UnicodeEncodeError:
        raise ConfigError(
            "The folder of the database has a name that is not UTF-8.",
            setting="KAIMEDIA_DATA",
            next_step="Set KAIMEDIA_DATA to a folder with another name, then start again.",
        ) from None


def database_url(configured: str, root: Path) -> str:
    """The configured URL, for the store to check. A relative SQLite path is relative to `root`.

    A path pasted without escaping (`/srv/kai%20media/x.db`, `/srv/a?b/x.db`) is taken literally if its folder exists;
    otherwise %XX and `?` have their usual meaning in a URL.
    """
    prefix = next((prefix for prefix in _SQLITE if configured.startswith(prefix)), None)
    if prefix is None:
        return configured
    rest = configured.removeprefix(prefix)
    if rest.startswith(("file:", "?")) or rest.partition("?")[0] in ("", ":memory:"):
        return configured
    literal_path = root / rest
    if any(character in rest for character in "%?") and literal_path.parent.is_dir():
        return address_of(literal_path)
    path, mark, query = rest.partition("?")
    return f"{address_of(root / unquote(path))}{mark}{query}"


def default_database(root: Path, data_folder: Path) -> tuple[Path, Path | None]:
    """The database file when no URL is configured, and another one in the older location, `data` in `root`.

    Up to version 0.1, KAIMEDIA_DATA did not move the database. One left there is used in place as long as there is
    none in the data folder: it may contain paid tasks, another process may be using it, and a copy of it would send
    its queued tasks a second time.
    """
    file, older = data_folder / FILE_NAME, root / "data" / FILE_NAME
    if _is_same(file, older) or not older.is_file():
        return file, None
    if file.exists() or not _holds_work(older):
        return file, older if file.exists() and _holds_work(older) else None
    return older, older


def about_older(older: Path, in_use: str, data_folder: Path) -> tuple[str, str]:
    """A message about the database in the older location, and what to do; `in_use` is the URL of the one in use."""
    if in_use == address_of(older):
        return (
            f"The database is still {older}, its location before KAIMEDIA_DATA was set, and is used there.",
            "To move it, stop everything that uses it and move kaimedia.db, kaimedia.db-wal and kaimedia.db-shm to "
            f"{data_folder}. To keep it there, set KAIMEDIA_DATABASE_URL.",
        )
    return (
        f"There is another database, {older}; {data_folder / FILE_NAME} is the one in use.",
        "Its images and videos are not shown. To use it, set KAIMEDIA_DATABASE_URL to it; otherwise move it away.",
    )


def _is_same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _holds_work(file: Path) -> bool:
    """Whether the database has any tasks or media; True if it cannot be read."""
    if file.stat().st_size == 0:
        return False
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=2)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            queries = [f"SELECT 1 FROM {name} LIMIT 1" for name in ("tasks", "media") if name in tables]
            found = [connection.execute(query).fetchone() for query in queries]
    except sqlite3.Error:
        return True
    return any(found)
