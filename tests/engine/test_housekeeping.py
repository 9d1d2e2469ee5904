"""Housekeeping: backups, purges, disk space, keys saved by other processes."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from kaimedia import runtime
from kaimedia.config import Config, EngineKind
from kaimedia.context import AppContext
from kaimedia.domain import MediaQuery, NoteCode, Phase, ProviderName
from kaimedia.errors import StorageFull
from kaimedia.media.storage import Storage
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.conftest import housekeeping_of, image_request, wait_for, wait_for_phase
from tests.engine.test_task_lifecycle import sandbox_tasks


def test_one_backup_a_day(config: Config, open_test_context: Callable[..., AppContext]) -> None:
    context = open_test_context(config, run_engine=False)
    first = context.database.back_up_daily()
    assert first is not None and first.stat().st_size > 0
    assert context.database.back_up_daily() is None
    old = first.stat().st_mtime - 25 * 3600
    os.utime(first, (old, old))
    assert context.database.back_up_daily() is not None


@pytest.mark.every_storage("exhaustive")
def test_files_of_deleted_media_are_purged_after_the_retention(
    context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = context.studio.tasks.submit(image_request())
    wait_for_phase(context, task.task_id, Phase.DONE)
    (item,) = context.studio.gallery.page(MediaQuery()).items
    context.studio.gallery.delete([item.id])
    assert context.studio.trash.purge() == 0 and context.storage.facts(item.filename or "")
    assert context.studio.gallery.restore([item.id]) == [item.id]
    context.studio.gallery.delete([item.id])
    monkeypatch.setattr("kaimedia.studio.trash.TRASH_RETENTION", timedelta(0))
    assert context.studio.trash.purge() == 3  # the image and two thumbnails
    assert not context.storage.facts(item.filename or "")
    assert context.studio.gallery.restore([item.id]) == []


def test_nothing_is_sent_while_there_is_no_room(
    config: Config,
    open_test_context: Callable[..., AppContext],
    sandbox: EmbeddedSandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context = open_test_context(config, run_engine=False)
    task = context.studio.tasks.submit(image_request())
    real = shutil.disk_usage
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(total=10**12, free=10**6))
    context.engine.start()
    code = wait_for(lambda: context.studio.tasks.get(task.task_id).note_code, "a note")
    assert code is NoteCode.STORAGE_FULL and sandbox_tasks(sandbox) == []
    monkeypatch.setattr(shutil, "disk_usage", real)
    wait_for_phase(context, task.task_id, Phase.DONE)
    assert len(sandbox_tasks(sandbox)) == 1


def test_a_key_saved_by_another_process_is_noticed(
    config: Config,
    open_test_context: Callable[..., AppContext],
    sandbox: EmbeddedSandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kaimedia.jobs.providers.KEY_IS_FRESH_S", 0.0)
    as_kie = replace(config, kie_api_url=sandbox.base_url or "", kie_upload_url=sandbox.base_url or "")
    one, two = open_test_context(as_kie), open_test_context(as_kie)
    assert two.studio.account.state().name is ProviderName.SANDBOX
    assert one.studio.account.save_key("a-key-of-some-length").is_accepted
    assert two.studio.account.state().name is ProviderName.KIE
    assert two.studio.account.state().key_hint == "ngth"
    one.studio.account.remove_key()
    assert two.studio.account.state().name is ProviderName.SANDBOX


def test_a_task_stays_with_its_provider(
    config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    context = open_test_context(replace(config, kie_api_url=sandbox.base_url or ""))
    task = context.studio.tasks.submit(image_request("x [fault:slow=60]"))
    context.studio.account.save_key("a-key-of-some-length")
    later = context.studio.tasks.submit(image_request("y"))
    assert (task.provider, later.provider) == (ProviderName.SANDBOX, ProviderName.KIE)
    for each in (task, later):
        wait_for_phase(context, each.task_id, Phase.DONE)


def test_the_embedded_sandbox_is_shared_and_survives_its_owner(
    config: Config, open_test_context: Callable[..., AppContext]
) -> None:
    alone = replace(config, sandbox_url=None, sandbox_speed=40.0)
    one, two = open_test_context(alone), open_test_context(alone)
    assert one.providers.sandbox_url() == two.providers.sandbox_url()
    task = one.studio.tasks.submit(image_request("x [fault:slow=30]"))
    wait_for_phase(two, task.task_id, Phase.WAITING, Phase.GENERATING)
    one.close()
    wait_for_phase(two, task.task_id, Phase.DONE, timeout_s=60)


@pytest.mark.every_storage("exhaustive")
def test_untracked_files_are_reported_and_left_alone(
    config: Config,
    open_test_context: Callable[..., AppContext],
    put_foreign: Callable[[Storage, str, bytes], None],
) -> None:
    context = open_test_context(config)
    task = context.studio.tasks.submit(image_request())
    wait_for_phase(context, task.task_id, Phase.DONE)
    housekeeping = housekeeping_of(context)
    assert housekeeping.report_untracked() == (0, 0)
    (item,) = context.studio.gallery.page(MediaQuery()).items
    stray = f"image_20260101T000000Z_{'0' * 32}.png"
    put_foreign(context.storage, stray, b"a user's file")
    context.storage.delete([item.thumbnail_path or ""])
    assert housekeeping.report_untracked() == (1, 1)
    assert context.storage.facts(stray)


@pytest.mark.every_storage("exhaustive")
def test_a_file_saved_during_the_comparison_is_not_reported_as_missing(
    config: Config, open_test_context: Callable[..., AppContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = open_test_context(config)
    task = context.studio.tasks.submit(image_request())
    wait_for_phase(context, task.task_id, Phase.DONE)
    monkeypatch.setattr(context.storage, "files", dict)  # listed before it was saved
    assert housekeeping_of(context).report_untracked() == (0, 0)


@pytest.mark.every_storage("exhaustive")
def test_disk_use_never_waits_for_a_listing(
    config: Config, open_test_context: Callable[..., AppContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Listing a large bucket takes long; pages show the last result meanwhile."""
    context = open_test_context(config)
    task = context.studio.tasks.submit(image_request())
    wait_for_phase(context, task.task_id, Phase.DONE)
    (item,) = context.studio.gallery.page(MediaQuery()).items
    context.storage.delete([item.filename or ""])
    may_end, threads = threading.Event(), set[str]()
    listed = context.storage.files

    def list_slowly() -> object:
        threads.add(threading.current_thread().name)
        may_end.wait(60)
        return listed()

    monkeypatch.setattr(context.storage, "files", list_slowly)
    for _ in range(3):
        assert context.studio.trash.disk_use().media_bytes == item.size_bytes
    may_end.set()
    wait_for(lambda: context.studio.trash.disk_use().media_bytes == 0, "the result of the listing")
    assert threading.current_thread().name not in threads


def test_a_file_that_cannot_be_deleted_does_not_stop_the_daily_backup(
    config: Config, open_test_context: Callable[..., AppContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = open_test_context(config, run_engine=False)

    def refused(*_: object) -> int:
        raise StorageFull("The folder for files cannot be used: Permission denied.")

    monkeypatch.setattr(context.studio.trash, "purge", refused)
    with pytest.raises(StorageFull):
        housekeeping_of(context)()
    assert context.database.back_up_daily() is None, "made in that round"


def stale_upload(config: Config) -> Path:
    """What a broken upload left on the disk of a process, long ago."""
    left = config.data_folder / "uploads" / ".incoming" / "left"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"x")
    os.utime(left, (0, 0))
    return left


@pytest.mark.parametrize("engine", ["embedded", "off"])
def test_the_app_cleans_its_own_disk_wherever_tasks_run(
    config: Config, open_test_context: Callable[..., AppContext], engine: EngineKind
) -> None:
    stale = stale_upload(config)
    open_test_context(replace(config, engine=engine), run_engine=None)
    wait_for(lambda: not stale.exists(), "the stale file to be deleted")


def test_a_backup_dated_in_the_future_does_not_prevent_new_ones(
    config: Config, open_test_context: Callable[..., AppContext]
) -> None:
    """One made while the clock was ahead must not stop backups until then."""
    context = open_test_context(config, run_engine=False)
    first = context.database.back_up_daily()
    assert first is not None
    later = first.stat().st_mtime + 365 * 24 * 3600
    os.utime(first, (later, later))
    assert context.database.back_up_daily() is not None
    assert context.database.back_up_daily() is None


def test_the_runtime_says_whether_routes_are_mounted() -> None:
    assert runtime.media_routes_are_mounted() is False
