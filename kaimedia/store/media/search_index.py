"""The full-text index on prompts: SQLite's FTS5 or PostgreSQL's own; not part of the table definitions."""

from __future__ import annotations

import logging

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from kaimedia.store.media.search import INDEX_TABLE, POSTGRES_COLUMN, POSTGRES_TERMS

log = logging.getLogger(__name__)

POSTGRES_INDEX = "ix_media_words"
_FORGET = f"INSERT INTO {INDEX_TABLE}({INDEX_TABLE}, rowid, prompt) VALUES ('delete', old.id, old.prompt)"
_LEARN = f"INSERT INTO {INDEX_TABLE}(rowid, prompt) VALUES (new.id, new.prompt)"
_TRIGGERS = {
    f"{INDEX_TABLE}_insert": f"AFTER INSERT ON media BEGIN {_LEARN}; END",
    f"{INDEX_TABLE}_delete": f"AFTER DELETE ON media BEGIN {_FORGET}; END",
    f"{INDEX_TABLE}_update": f"AFTER UPDATE OF prompt ON media BEGIN {_FORGET}; {_LEARN}; END",
}
_TABLE = (
    f"CREATE VIRTUAL TABLE {INDEX_TABLE} USING fts5"
    "(prompt, content='media', content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='2 3')"
)


def is_ours(name: str | None) -> bool:
    """Whether a table, column or index belongs to the search, for comparing the database with the definitions."""
    return name is not None and (name in (POSTGRES_INDEX, POSTGRES_COLUMN) or name.startswith(INDEX_TABLE))


def is_known(name: str | None, kind: str, _parents: object) -> bool:
    """For Alembic's `include_name`: whether the table definitions can include this name."""
    return kind not in ("table", "column", "index") or not is_ours(name)


def is_there(connection: Connection) -> bool:
    """Whether the search can use the index instead of scanning every prompt."""
    if connection.dialect.name == "postgresql":
        return True  # created with the tables
    return has_fts5(connection) and _found(connection, "table", INDEX_TABLE)


def needs_repair(connection: Connection) -> bool:
    """Whether `repair` would change anything."""
    if connection.dialect.name == "postgresql":
        return False
    triggers = [_found(connection, "trigger", name) for name in _TRIGGERS]
    if not has_fts5(connection):
        return any(triggers)
    return not (all(triggers) and _found(connection, "table", INDEX_TABLE))


def repair(connection: Connection) -> None:
    """Build the index if it is supported but incomplete; drop its triggers if it is not supported.

    (A SQLite without FTS5 could not write any row with triggers that need it.)
    """
    if connection.dialect.name == "postgresql":
        # Stored, not only indexed: matching consecutive words needs the stored value of each hit.
        column = f"{POSTGRES_COLUMN} tsvector GENERATED ALWAYS AS ({_quoted()}) STORED"
        connection.execute(text(f"ALTER TABLE media ADD COLUMN IF NOT EXISTS {column}"))
        connection.execute(text(f"CREATE INDEX IF NOT EXISTS {POSTGRES_INDEX} ON media USING gin ({POSTGRES_COLUMN})"))
        return
    for name in _TRIGGERS:
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
    if not has_fts5(connection):
        log.warning("this SQLite has no FTS5: searches scan every prompt")
        return
    if not _found(connection, "table", INDEX_TABLE):
        connection.execute(text(_TABLE))
    connection.execute(text(f"INSERT INTO {INDEX_TABLE}({INDEX_TABLE}) VALUES ('rebuild')"))
    for name, body in _TRIGGERS.items():
        connection.execute(text(f"CREATE TRIGGER {name} {body}"))


def _quoted() -> str:
    return POSTGRES_TERMS.replace(":", "\\:")


def _found(connection: Connection, kind: str, name: str) -> bool:
    statement = text("SELECT 1 FROM sqlite_master WHERE type = :kind AND name = :name")
    return connection.execute(statement, {"kind": kind, "name": name}).first() is not None


def has_fts5(connection: Connection) -> bool:
    """Whether this build of SQLite has full-text search."""
    try:
        return connection.execute(text("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'")).first() is not None
    except OperationalError:  # SQLite before 3.16 or built without this information
        return False
