"""Migrating an empty database, hand-made tables and the previous version, concurrently and when killed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, select, text

from kaimedia.domain import ErrorCode, MediaQuery, Phase, Reference, Role, Settings, Status, utc_now
from kaimedia.domain.api_token import ALL_SCOPES
from kaimedia.errors import ConfigError
from kaimedia.store.api_tokens import ApiTokens
from kaimedia.store.database import run_migrations
from kaimedia.store.database.connecting import open_engine, read_url
from kaimedia.store.database.database import Database
from kaimedia.store.media.search_index import is_known, is_ours
from kaimedia.store.settings import SettingsStore
from kaimedia.store.stores import Stores
from kaimedia.store.tables import METADATA, SETTINGS
from tests.contract.store.factories import create_task, finish
from tests.contract.store.test_store_claims import ROOT, processes

SEED = {
    "media": """CREATE TABLE media (
        id {id}, media_type VARCHAR(10) NOT NULL CHECK (media_type IN ('image', 'video')), prompt TEXT NOT NULL,
        model VARCHAR(50) NOT NULL, aspect_ratio VARCHAR(10), task_id VARCHAR(100) UNIQUE, filename VARCHAR(255),
        file_path VARCHAR(500), thumbnail_path VARCHAR(500), duration INTEGER,
        status VARCHAR(20) DEFAULT 'pending' CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
        error_message TEXT, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, completed_at TIMESTAMP)""",
    "settings": """CREATE TABLE settings (
        id INTEGER PRIMARY KEY CHECK (id = 1), api_key TEXT, default_image_model VARCHAR(50) DEFAULT 'gpt4o-image',
        default_video_model VARCHAR(50) DEFAULT 'veo3_fast', default_image_aspect_ratio VARCHAR(10) DEFAULT '1:1',
        default_video_aspect_ratio VARCHAR(10) DEFAULT '16:9', default_variant_count INTEGER DEFAULT 1,
        default_video_duration INTEGER DEFAULT 5, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)""",
    "tasks": """CREATE TABLE tasks (
        id {id}, media_id INTEGER NOT NULL REFERENCES media(id) ON DELETE CASCADE, task_id VARCHAR(100) NOT NULL,
        status VARCHAR(20) NOT NULL, progress REAL DEFAULT 0.0, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)""",
}
ROWS = (
    "INSERT INTO media (id, media_type, prompt, model, aspect_ratio, task_id, filename, file_path, duration, status,"
    " created_at, completed_at) VALUES (3, 'video', 'a fox', 'veo3', '16:9', 't-3', 'fox.mp4', 'static/media/fox.mp4',"
    " 8, 'completed', '2025-01-02 03:04:05', '2025-01-02 03:09:05.5')",
    "INSERT INTO media (id, media_type, prompt, model, task_id, status, error_message) VALUES"
    " (5, 'image', 'a bear', 'gpt4o-image', 't-5', 'failed', 'no luck')",
    "INSERT INTO media (id, media_type, prompt, model, status)"
    " VALUES (7, 'image', 'a wolf', 'gpt4o-image', 'processing')",
    "INSERT INTO tasks (id, media_id, task_id, status, progress, created_at, updated_at)"
    " VALUES (11, 3, 't-3', 'completed', 1.0, '2025-01-02 03:04:05', '2025-01-02 03:09:06')",
    "INSERT INTO tasks (id, media_id, task_id, status) VALUES (12, 5, 't-5', 'failed')",
    "INSERT INTO tasks (id, media_id, task_id, status) VALUES (13, 7, 't-7', 'processing')",
    "INSERT INTO settings (id, api_key, default_video_model, default_variant_count) VALUES (1, 'gAAAA-x', 'runway', 4)",
)


def run(url: str, *statements: str) -> None:
    """Run statements without the store."""
    engine = create_engine(read_url(url))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def seed(url: str, dialect: str) -> None:
    """Hand-made tables with rows."""
    if dialect == "sqlite":
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    key = "SERIAL PRIMARY KEY" if dialect == "postgresql" else "INTEGER PRIMARY KEY AUTOINCREMENT"
    run(url, *(statement.format(id=key) for statement in SEED.values()), *ROWS)


def differences(db: Database) -> list[Any]:
    """The differences `alembic check` would find."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_server_default": True, "include_name": is_known}
        )
        return list(compare_metadata(context, METADATA))


def test_a_new_database_matches_the_models(empty_url: str, open_database: Callable[[str], Database]) -> None:
    db = open_database(empty_url)
    db.upgrade()
    assert differences(db) == []
    assert create_task(Stores(db)).media_ids == (1,)
    with db.read() as session:
        assert (
            session.execute(text("SELECT default_video_model FROM settings WHERE id = 1")).scalar_one() == "veo3_fast"
        )


def test_upgrading_again_changes_nothing(db: Database, stores: Stores, tmp_path: Path) -> None:
    task = finish(stores, "kept", n_media=2)
    db.upgrade()
    assert stores.task_reader.get(task.task_id) == task
    assert not (tmp_path / "backups").exists(), "nothing to migrate: no copy"


def test_hand_made_tables_are_adopted_with_their_rows(
    empty_url: str, dialect: str, open_database: Callable[[str], Database], tmp_path: Path
) -> None:
    seed(empty_url, dialect)
    db = open_database(empty_url)
    db.upgrade()
    assert differences(db) == []
    stores = Stores(db)
    (fox,) = stores.media_pages.page(MediaQuery()).items
    assert [item.id for item in stores.media_pages.page(MediaQuery(text="fo")).items] == [3], "old prompts are found"
    assert (fox.id, fox.prompt, fox.filename, fox.file_path) == (3, "a fox", "fox.mp4", "static/media/fox.mp4")
    assert (fox.duration_s, fox.task_id, fox.created_at) == (8, "t-3", datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert fox.completed_at == datetime(2025, 1, 2, 3, 9, 5, 500000, tzinfo=UTC)
    done = stores.task_reader.get("t-3")
    assert (done.phase, done.due_at, done.media_ids, done.progress) == (Phase.DONE, None, (3,), 1.0)
    assert (done.request.prompt, done.request.duration_s, done.model) == ("a fox", 8, "veo3")
    failed = stores.task_reader.get("t-5")
    assert (failed.phase, failed.error_message, stores.media_reader.get(5).error_message) == (
        Phase.FAILED,
        "no luck",
        "no luck",
    )
    under_way = stores.task_reader.get("t-7")
    assert (under_way.error_code, under_way.may_have_cost) == (ErrorCode.OUTCOME_UNKNOWN, True)
    assert [task.task_id for task in stores.task_reader.shown()] == ["t-7"], "only this one needs a decision"
    assert stores.media_reader.get(7).task_id == "t-7" and stores.media_reader.get(7).status is Status.FAILED
    assert stores.task_updater.attach_provider_id("theirs", under_way.created_at, task_id="t-7").phase is Phase.WAITING
    settings = SettingsStore(db)
    assert (settings.get().default_video_model, settings.get().default_variant_count) == ("runway", 4)
    assert settings.key_ciphertext() == "gAAAA-x"
    assert create_task(stores).media_ids == (8,), "new ids follow the old ones"
    with db.read() as session:
        names = {name for name in inspect(session.connection()).get_table_names() if not is_ours(name)}
    assert names == {*METADATA.tables, "alembic_version"}
    if dialect == "sqlite":
        (copy,) = (tmp_path / "backups").iterdir()
        with closing(sqlite3.connect(copy)) as connection:
            assert connection.execute("SELECT count(*) FROM media").fetchone() == (3,)


def test_from_the_previous_version(empty_url: str, dialect: str, open_database: Callable[[str], Database]) -> None:
    db = open_database(empty_url)
    engine = open_engine(read_url(empty_url), migrating=True)
    with engine.begin() as connection:
        run_migrations.upgrade(connection, "0001")
        connection.execute(text(ROWS[1]))
    engine.dispose()
    db.upgrade()
    assert differences(db) == [] and Stores(db).media_reader.get(5).prompt == "a bear"
    assert SettingsStore(db).get().default_image_model == Settings().default_image_model


def test_the_single_reference_of_earlier_tasks_stays(empty_url: str, open_database: Callable[[str], Database]) -> None:
    db = open_database(empty_url)
    engine = open_engine(read_url(empty_url), migrating=True)
    request = '{"model": "veo3", "prompt": "p", "reference": {"filename": "a.png", "url": null, "media_id": 1}}'
    with engine.begin() as connection:
        run_migrations.upgrade(connection, "0009")
        for statement in (
            "INSERT INTO media (id, media_type, prompt, model) VALUES (1, 'image', 'a', 'gpt4o-image')",
            "INSERT INTO media (id, media_type, prompt, model, parent_id) VALUES (2, 'video', 'p', 'veo3', 1)",
            "INSERT INTO tasks (media_id, task_id, modality, model, phase, status, reference_url, request) VALUES "
            f"(2, 't', 'video', 'veo3', 'queued', 'pending', 'https://x.example/a.png', '{request}')",
        ):
            connection.exec_driver_sql(statement)
    engine.dispose()
    db.upgrade()
    assert differences(db) == []
    task, media = Stores(db).task_reader.get("t"), Stores(db).media_reader
    assert task.request.references == (Reference(filename="a.png", media_id=1, role=Role.FIRST_FRAME),)
    assert task.reference_urls == ("https://x.example/a.png",)
    assert media.parents_of(2) == [(1, Role.FIRST_FRAME)] and media.parents_of(1) == []


def test_the_one_api_token_of_earlier_versions_stays_valid(
    empty_url: str, open_database: Callable[[str], Database]
) -> None:
    db, sha256, made_at = open_database(empty_url), "ab" * 32, "2026-11-01 10:00:00.000000"
    engine = open_engine(read_url(empty_url), migrating=True)
    with engine.begin() as connection:
        run_migrations.upgrade(connection, "0022")
        connection.exec_driver_sql(
            f"UPDATE settings SET api_token_sha256 = '{sha256}', api_token_hint = 'wxyz',"
            f" api_token_made_at = '{made_at}'"
        )
    engine.dispose()
    db.upgrade()
    tokens = ApiTokens(db)
    (token,) = tokens.all()
    assert (token.hint, token.scopes, token.made_at) == ("wxyz", ALL_SCOPES, datetime(2026, 11, 1, 10, tzinfo=UTC))
    assert tokens.find(sha256[:12]) == (token, sha256)
    with db.read() as session:  # for processes of that version, until it is revoked
        assert session.execute(select(SETTINGS.c.api_token_sha256)).scalar_one() == sha256
    assert tokens.revoke(token.token_id, utc_now())
    with db.read() as session:
        assert session.execute(select(SETTINGS.c.api_token_sha256)).scalar_one() is None


def test_a_foreign_table_is_left_alone(empty_url: str, dialect: str, open_database: Callable[[str], Database]) -> None:
    db = open_database(empty_url)
    run(empty_url, "CREATE TABLE tasks (id INTEGER, title TEXT)", "INSERT INTO tasks VALUES (1, 'buy milk')")
    with pytest.raises(ConfigError, match="`tasks` that is not ours"):
        db.upgrade()
    with db.read() as session:
        assert session.execute(text("SELECT title FROM tasks")).scalar_one() == "buy milk"
        assert inspect(session.connection()).get_table_names() == ["tasks"], "nothing was created"


def test_a_newer_database_is_left_alone(db: Database) -> None:
    with db.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        session.execute(text("UPDATE schema_compatibility SET oldest = '9999'"))
    with pytest.raises(ConfigError, match="newer version"):
        db.upgrade()


def test_a_newer_database_that_only_gained_something_is_used(db: Database, stores: Stores) -> None:
    """During an update, a process of the version before may be started again."""
    with db.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        session.execute(text("ALTER TABLE tasks ADD COLUMN of_a_newer_version TEXT"))
    db.upgrade()
    assert db.is_current()
    task = create_task(stores)
    assert stores.task_reader.get(task.task_id) == task
    with db.read() as session:
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"


@pytest.mark.parametrize(
    "seeded",
    [pytest.param(False, id="fresh", marks=pytest.mark.exhaustive), pytest.param(True, id="seeded")],
)
def test_several_processes_starting_at_once(
    empty_url: str, dialect: str, tmp_path: Path, open_database: Callable[[str], Database], seeded: bool
) -> None:
    if seeded:
        seed(empty_url, dialect)
    backups = tmp_path / "backups"
    assert processes("starter", *[[empty_url, str(backups)]] * 3) == ["done\n"] * 3
    db = open_database(empty_url)
    assert differences(db) == [] and Stores(db).media_pages.page(MediaQuery()).total == int(seeded)
    copies = len(list(backups.iterdir())) if backups.exists() else 0
    assert copies == (1 if seeded and dialect == "sqlite" else 0)


@pytest.mark.kill
def test_a_killed_migration_leaves_the_old_or_the_new_tables(
    empty_url: str, dialect: str, tmp_path: Path, open_database: Callable[[str], Database]
) -> None:
    seed(empty_url, dialect)
    filler = "INSERT INTO media (media_type, prompt, model, status, created_at) SELECT 'image', 'p', 'm', 'completed', "
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
    stamp = "TIMESTAMP '2025-01-01'" if dialect == "postgresql" else "'2025-01-01 00:00:00'"
    sync = ["SELECT setval('media_id_seq', 100)"] if dialect == "postgresql" else []
    insert_many = f"{filler}{stamp} FROM n"
    many = (
        f"{numbers}{insert_many}"
        if dialect == "sqlite"
        else insert_many.replace("FROM n", "FROM generate_series(1, 20000)")
    )
    run(empty_url, *sync, many)
    for delay_s in (0.02, 0.15, 0.4):
        starter = subprocess.Popen(
            [sys.executable, "-m", "tests.contract.store.starter", empty_url, str(tmp_path / "backups")],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with starter:
            assert starter.stdin is not None and starter.stdout is not None
            assert starter.stdout.readline() == b"ready\n"
            starter.stdin.write(b"go\n")
            starter.stdin.flush()
            time.sleep(delay_s)  # determines when it is killed
            starter.kill()
    db = open_database(empty_url)
    db.upgrade()
    assert differences(db) == [] and Stores(db).media_pages.page(MediaQuery()).total == 20001
