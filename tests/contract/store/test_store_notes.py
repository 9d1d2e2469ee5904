"""Notes of tasks, as this version, an older and a newer one write them to the same database."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text, update

from kaimedia.domain import NO_NOTE, NoteCode, Phase, note_fields
from kaimedia.store.database import run_migrations
from kaimedia.store.database.connecting import open_engine, read_url
from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from kaimedia.store.tables import TASKS
from tests.contract.store.factories import create_task, move

ROWS = (
    "INSERT INTO tasks (media_id, task_id, phase, status, note) VALUES (1, 'waiting', 'queued', 'pending', 'Soon.')",
    "INSERT INTO tasks (media_id, task_id, phase, status, error_code, error_message)"
    " VALUES (1, 'limit', 'failed', 'failed', 'bad_key', 'This key has reached its own Limit.')",
    "INSERT INTO tasks (media_id, task_id, phase, status, error_code, error_message)"
    " VALUES (1, 'wrong', 'failed', 'failed', 'bad_key', 'The key was rejected.')",
)


def test_a_note_is_stored_and_cleared(stores: Stores) -> None:
    noted = move(stores, create_task(stores), Phase.QUEUED, **note_fields(NoteCode.RATE_LIMITED, "Slow.", wait_s=2.6))
    assert (noted.note_code, noted.note, noted.note_wait_s) == (NoteCode.RATE_LIMITED, "Slow.", 3)
    without_report = move(stores, noted, Phase.QUEUED, **note_fields(NoteCode.AWAITING_LINK))
    assert (without_report.note_code, without_report.note, without_report.note_wait_s) == (
        NoteCode.AWAITING_LINK,
        "",
        None,
    )
    cleared = move(stores, without_report, Phase.QUEUED, **NO_NOTE)
    assert (cleared.note_code, cleared.note, cleared.note_wait_s) == (None, None, None)


@pytest.mark.parametrize("by_another_version", [{"note": None}, {"note": "New here.", "note_code": "of_next_year"}])
def test_other_versions_may_write_notes_too(stores: Stores, db: Database, by_another_version: dict[str, str]) -> None:
    task = move(stores, create_task(stores), Phase.QUEUED, **note_fields(NoteCode.RATE_LIMITED, "Slow."))
    with db.write() as session:
        session.execute(update(TASKS).where(TASKS.c.task_id == task.task_id).values(**by_another_version))
    found = stores.task_reader.get(task.task_id)
    assert (found.note_code, found.note) == (None, by_another_version["note"])


def test_notes_of_the_previous_version_are_kept(empty_url: str, open_database: Callable[[str], Database]) -> None:
    db = open_database(empty_url)
    engine = open_engine(read_url(empty_url), migrating=True)
    with engine.begin() as connection:
        run_migrations.upgrade(connection, "0009")
        connection.execute(text("INSERT INTO media (id, media_type, prompt, model) VALUES (1, 'image', 'x', 'm')"))
        for row in ROWS:
            connection.execute(text(row))
    engine.dispose()
    db.upgrade()
    reader = Stores(db).task_reader
    waiting, limit, wrong = (reader.get(name) for name in ("waiting", "limit", "wrong"))
    assert (waiting.note_code, waiting.note) == (None, "Soon.")
    assert limit.note_code is NoteCode.KEY_LIMIT_REACHED and wrong.note_code is None
