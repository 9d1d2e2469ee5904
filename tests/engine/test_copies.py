"""A copy of the database never pays again for what the original may have paid; accepted tasks resume."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import CopyReason, ErrorCode, HoldCode, Modality, NoteCode, Phase, ProviderName, utc_now
from kaimedia.errors import StaleTransition
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from kaimedia.store.tasks.creator import NewTask
from kaimedia.studio import note_text
from tests.conftest import image_request, wait_for, wait_for_phase
from tests.engine.test_task_lifecycle import sandbox_tasks
from tests.postgres import fresh_database

Opener = Callable[..., AppContext]
N_QUEUED = 8


def _file(config: Config) -> Path:
    return Path(config.database_url.removeprefix("sqlite:///"))


def _queue(context: AppContext, count: int = N_QUEUED) -> list[str]:
    return [context.studio.tasks.submit(image_request(f"image {n}")).task_id for n in range(count)]


def _pay_all(context: AppContext, sandbox: EmbeddedSandbox, count: int = N_QUEUED) -> None:
    context.engine.start()
    wait_for(lambda: context.studio.tasks.queue_depth()[Phase.DONE] == count, "the original to finish", 60)
    context.close()
    assert len(sandbox_tasks(sandbox)) == count


def _assert_only_new_tasks_are_paid(
    context: AppContext, sandbox: EmbeddedSandbox, held: int, paid: int = N_QUEUED
) -> None:
    """New tasks are sent; held ones are not."""
    new = context.studio.tasks.submit(image_request("requested after the restore"))
    wait_for_phase(context, new.task_id, Phase.DONE)
    assert len(sandbox_tasks(sandbox)) == paid + 1
    assert context.studio.holds.count() == held


def _put(copy: Path, file: Path) -> None:
    for path in file.parent.glob(f"{file.name}-*"):
        path.unlink()
    shutil.copyfile(copy, file)


def test_a_restored_backup_pays_for_nothing_twice(
    config: Config, open_test_context: Opener, sandbox: EmbeddedSandbox
) -> None:
    original = open_test_context(config, run_engine=False)
    _queue(original)
    copy = original.database.back_up()
    assert copy is not None
    _pay_all(original, sandbox)
    _put(copy, _file(config))

    restored = open_test_context(config)
    state = restored.database.copy_state()
    assert state is not None and (state.reason, state.unknown_sends) == (CopyReason.MARKED, N_QUEUED)
    _assert_only_new_tasks_are_paid(restored, sandbox, held=N_QUEUED)
    held = restored.studio.holds.summary().tasks
    assert {task.hold_code for task in held} == {HoldCode.COPY} and all(note_text(task) for task in held)

    first, second = held[0].task_id, held[1].task_id
    dismissed = restored.studio.tasks.dismiss(first)
    assert (dismissed.error_code, dismissed.hold_code) == (ErrorCode.CANCELLED, None)
    restored.studio.holds.send_one(second)
    wait_for_phase(restored, second, Phase.DONE)
    with pytest.raises(StaleTransition, match="not held"):
        restored.studio.holds.send_one(second)
    assert restored.studio.holds.dismiss() == N_QUEUED - 2 and restored.studio.holds.count() == 0
    assert len(sandbox_tasks(sandbox)) == N_QUEUED + 2


def test_a_copy_started_elsewhere_with_its_own_folder(
    config: Config, open_test_context: Opener, sandbox: EmbeddedSandbox, tmp_path: Path
) -> None:
    original = open_test_context(config, run_engine=False)
    _queue(original)
    copy = original.database.back_up()
    assert copy is not None
    _pay_all(original, sandbox)
    (tmp_path / "elsewhere").mkdir()
    shutil.copyfile(copy, tmp_path / "elsewhere" / "kaimedia.db")
    moved = replace(
        config,
        data_folder=tmp_path / "elsewhere",
        media_url=str(tmp_path / "elsewhere" / "media"),
        database_url=f"sqlite:///{tmp_path}/elsewhere/kaimedia.db",
    )
    _assert_only_new_tasks_are_paid(open_test_context(moved), sandbox, held=N_QUEUED)


def test_a_snapshot_rolled_back_in_place_under_the_same_inode(
    config: Config, open_test_context: Opener, sandbox: EmbeddedSandbox, tmp_path: Path
) -> None:
    """Only the counter next to the database shows it: there is no mark, and the file is the same."""
    original = open_test_context(config, run_engine=False)
    _queue(original)
    original.close()
    snapshot = tmp_path / "snapshot.db"
    shutil.copyfile(_file(config), snapshot)
    inode = _file(config).stat().st_ino
    original = open_test_context(config, run_engine=False)
    _pay_all(original, sandbox)
    with _file(config).open("r+b") as file:
        file.write(snapshot.read_bytes())
        file.truncate()
    assert _file(config).stat().st_ino == inode
    restored = open_test_context(config)
    state = restored.database.copy_state()
    assert state is not None and state.reason is CopyReason.BEHIND and state.unknown_sends == N_QUEUED
    _assert_only_new_tasks_are_paid(restored, sandbox, held=N_QUEUED)


def test_a_copy_of_the_whole_data_folder(
    config: Config, open_test_context: Opener, sandbox: EmbeddedSandbox, tmp_path: Path
) -> None:
    """The counter is copied too, but the file is a different one."""
    original = open_test_context(config, run_engine=False)
    _queue(original)
    original.close()
    shutil.copytree(config.data_folder, tmp_path / "twin", symlinks=True)
    original = open_test_context(config, run_engine=False)
    _pay_all(original, sandbox)
    twin = replace(config, data_folder=tmp_path / "twin", database_url=f"sqlite:///{tmp_path}/twin/kaimedia.db")
    restored = open_test_context(twin)
    state = restored.database.copy_state()
    assert state is not None and state.reason is CopyReason.ELSEWHERE
    _assert_only_new_tasks_are_paid(restored, sandbox, held=N_QUEUED)


def test_a_new_database_with_an_old_data_folder_is_no_copy(
    config: Config, open_test_context: Opener, sandbox: EmbeddedSandbox, tmp_path: Path
) -> None:
    """As after a change of KAIMEDIA_DATABASE_URL: the folder has counted sends, the new database has no tasks."""
    original = open_test_context(config, run_engine=False)
    _queue(original)
    _pay_all(original, sandbox)
    fresh = open_test_context(replace(config, database_url=f"sqlite:///{tmp_path}/new.db"), run_engine=False)
    assert fresh.database.copy_state() is None


def test_a_restart_with_a_moved_folder_holds_nothing(
    config: Config, open_test_context: Opener, sandbox: EmbeddedSandbox, tmp_path: Path
) -> None:
    first = open_test_context(config, run_engine=False)
    task = first.studio.tasks.submit(image_request())
    first.close()
    config.data_folder.rename(tmp_path / "moved")
    moved = replace(config, data_folder=tmp_path / "moved", database_url=f"sqlite:///{tmp_path}/moved/kaimedia.db")
    second = open_test_context(moved)
    wait_for_phase(second, task.task_id, Phase.DONE)
    assert second.database.copy_state() is None and len(sandbox_tasks(sandbox)) == 1


def test_a_copy_keeps_polling_accepted_tasks(
    config: Config, open_test_context: Opener, sandbox: EmbeddedSandbox
) -> None:
    original = open_test_context(config)
    accepted = original.studio.tasks.submit(image_request("old [fault:slow=60]"))
    wait_for_phase(original, accepted.task_id, Phase.WAITING, Phase.GENERATING)
    copy = original.database.back_up()
    original.close()
    assert copy is not None
    _put(copy, _file(config))
    restored = open_test_context(config)
    wait_for_phase(restored, accepted.task_id, Phase.DONE)
    assert len(sandbox_tasks(sandbox)) == 1


def test_a_copy_from_before_databases_had_an_identity(
    config: Config, open_test_context: Opener, sandbox: EmbeddedSandbox
) -> None:
    """The backup made by the first migration has no identity row, only the mark."""
    original = open_test_context(config, run_engine=False)
    _queue(original, 3)
    copy = original.database.back_up()
    assert copy is not None
    _pay_all(original, sandbox, 3)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("DELETE FROM database_identity")
        connection.commit()
    _put(copy, _file(config))
    _assert_only_new_tasks_are_paid(open_test_context(config), sandbox, held=3, paid=3)


def test_nothing_is_sent_while_the_counter_cannot_be_written(
    config: Config, open_test_context: Opener, sandbox: EmbeddedSandbox
) -> None:
    context = open_test_context(config)
    shutil.rmtree(config.data_folder / "sends")
    (config.data_folder / "sends").write_text("in the way")
    task = context.studio.tasks.submit(image_request())
    waiting = wait_for(lambda: (now := context.studio.tasks.get(task.task_id)).note and now, "a note")
    assert waiting.note_code is NoteCode.DATABASE_UNAVAILABLE and "cannot be written" in waiting.note
    assert sandbox_tasks(sandbox) == []
    (config.data_folder / "sends").unlink()
    wait_for_phase(context, task.task_id, Phase.DONE)
    assert Counter(entry["prompt"] for entry in sandbox_tasks(sandbox)) == {task.request.prompt: 1}


def test_a_server_database_that_was_dumped_and_restored(postgres_url: str, tmp_path: Path) -> None:
    """A database made from a template is like a restored dump: the same rows in another database."""
    url = fresh_database(postgres_url)
    original = Database(url, counter_folder=tmp_path / "sends")
    original.upgrade()
    stores = Stores(original)
    task = _queue_one(stores)
    original.close()
    again = Database(url, counter_folder=tmp_path / "sends")
    again.upgrade()
    assert Stores(again).task_reader.get(task).hold_code is None
    again.close()

    twin = Database(fresh_database(postgres_url, template=url.rpartition("/")[2]), counter_folder=tmp_path / "sends")
    twin.upgrade()
    twins = Stores(twin)
    assert twins.task_reader.get(task).hold_code is HoldCode.COPY
    assert twins.task_claims.claim_to_send("me", utc_now(), 30, 5, provider=ProviderName.SANDBOX) == []
    assert twins.held_tasks.release(None, utc_now()) == 1
    assert len(twins.task_claims.claim_to_send("me", utc_now(), 30, 5, provider=ProviderName.SANDBOX)) == 1
    twin.close()


def test_a_server_database_restored_while_the_app_runs(postgres_url: str, tmp_path: Path) -> None:
    database = Database(fresh_database(postgres_url), counter_folder=tmp_path / "sends")
    database.upgrade()
    stores = Stores(database)
    _queue_one(stores)
    assert len(stores.task_claims.claim_to_send("me", utc_now(), 30, 5, provider=ProviderName.SANDBOX)) == 1
    with database.write() as session:
        session.connection().exec_driver_sql("UPDATE tasks SET phase = 'queued', sent_at = NULL, owner = NULL")
        session.connection().exec_driver_sql("UPDATE database_identity SET sends = 0")
    assert stores.task_claims.claim_to_send("me", utc_now(), 30, 5, provider=ProviderName.SANDBOX) == []
    assert stores.held_tasks.count() == 1
    database.close()


def _queue_one(stores: Stores) -> str:
    new = NewTask(image_request(), Modality.IMAGE, ProviderName.SANDBOX, 1, None)
    return stores.task_creator.create(new, now=utc_now()).task_id
