"""What the engine does beside tasks: copies, purges, room on the disk, keys saved elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from kaimedia import bootstrap
from kaimedia.bootstrap import House
from kaimedia.config import Config
from kaimedia.domain import MediaQuery, Phase, ProviderKind
from kaimedia.errors import StorageFull
from kaimedia.housekeeping import Housekeeping
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.conftest import image_request, wait_for, wait_for_phase
from tests.engine.test_life import ledger


def test_one_copy_a_day(config: Config, open_test_house: Callable[..., House]) -> None:
    house = open_test_house(config, run_engine=False)
    first = house.database.back_up_daily()
    assert first is not None and first.stat().st_size > 0
    assert house.database.back_up_daily() is None
    old = first.stat().st_mtime - 25 * 3600
    os.utime(first, (old, old))
    assert house.database.back_up_daily() is not None


def test_deleted_media_lose_their_files_after_the_time_to_undo(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    task = house.studio.submit(image_request())
    wait_for_phase(house, task.task_id, Phase.DONE)
    (item,) = house.studio.list_media(MediaQuery()).items
    house.studio.delete_media([item.id])
    assert house.studio.purge_deleted() == 0 and house.storage.exists(item.filename or "")
    assert house.studio.restore_media([item.id]) == [item.id]
    house.studio.delete_media([item.id])
    monkeypatch.setattr("kaimedia.studio.trash.TRASH_KEPT", timedelta(0))
    assert house.studio.purge_deleted() == 3  # the picture and two thumbnails
    assert not house.storage.exists(item.filename or "")
    assert house.studio.restore_media([item.id]) == []


def test_nothing_is_sent_while_there_is_no_room(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox
) -> None:
    house = open_test_house(config, run_engine=False)
    task = house.studio.submit(image_request())
    house.storage.has_room = lambda min_bytes=0: False  # type: ignore[method-assign]
    house.engine.start()
    note = wait_for(lambda: house.studio.task(task.task_id).note, "a note")
    assert "no room" in note and ledger(sandbox) == []
    del house.storage.has_room
    wait_for_phase(house, task.task_id, Phase.DONE)
    assert len(ledger(sandbox)) == 1


def test_a_key_saved_by_another_process_is_noticed(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kaimedia.jobs.providers.KEY_IS_FRESH_S", 0.0)
    as_kie = replace(config, kie_api_url=sandbox.base_url or "", kie_upload_url=sandbox.base_url or "")
    one, two = open_test_house(as_kie), open_test_house(as_kie)
    assert two.studio.provider_state().kind is ProviderKind.SANDBOX
    assert one.studio.save_key("a-key-of-some-length").is_ok
    assert two.studio.provider_state().kind is ProviderKind.KIE
    assert two.studio.provider_state().key_hint == "ngth"
    one.studio.remove_key()
    assert two.studio.provider_state().kind is ProviderKind.SANDBOX


def test_a_task_stays_with_the_provider_it_was_asked_of(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox
) -> None:
    house = open_test_house(replace(config, kie_api_url=sandbox.base_url or ""))
    task = house.studio.submit(image_request("x [fault:slow=60]"))
    house.studio.save_key("a-key-of-some-length")
    later = house.studio.submit(image_request("y"))
    assert (task.provider, later.provider) == (ProviderKind.SANDBOX, ProviderKind.KIE)
    for each in (task, later):
        wait_for_phase(house, each.task_id, Phase.DONE)


def test_the_embedded_sandbox_is_shared_and_survives_its_owner(
    config: Config, open_test_house: Callable[..., House]
) -> None:
    alone = replace(config, sandbox_url=None, sandbox_speed=40.0)
    one, two = open_test_house(alone), open_test_house(alone)
    assert one.providers.sandbox_url() == two.providers.sandbox_url()
    task = one.studio.submit(image_request("x [fault:slow=30]"))
    wait_for_phase(two, task.task_id, Phase.WAITING, Phase.GENERATING)
    one.close()
    wait_for_phase(two, task.task_id, Phase.DONE, timeout_s=60)


def test_strays_are_reported_and_left_alone(config: Config, open_test_house: Callable[..., House]) -> None:
    house = open_test_house(config)
    task = house.studio.submit(image_request())
    wait_for_phase(house, task.task_id, Phase.DONE)
    keeper = Housekeeping(house.studio, house.storage, house.database, house.parts.media)
    assert keeper.report_strays() == (0, 0)
    (item,) = house.studio.list_media(MediaQuery()).items
    stray = config.media_folder / f"image_20260101T000000Z_{'0' * 32}.png"
    stray.write_bytes(b"somebody's")
    house.storage.delete(item.thumbnail_path or "")
    assert keeper.report_strays() == (1, 1)
    assert stray.exists()


def test_a_file_that_cannot_be_deleted_does_not_end_the_daily_copies(
    config: Config, open_test_house: Callable[..., House], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = open_test_house(config, run_engine=False)

    def refused(*_: object) -> int:
        raise StorageFull("The folder for files cannot be used: Permission denied.")

    monkeypatch.setattr(house.studio, "purge_deleted", refused)
    with pytest.raises(StorageFull):
        Housekeeping(house.studio, house.storage, house.database, house.parts.media)()
    assert house.database.back_up_daily() is None, "made in that round"


def test_a_copy_from_the_future_does_not_stand_for_those_until_then(
    config: Config, open_test_house: Callable[..., House]
) -> None:
    """Made while the clock was ahead: there were no copies for as long."""
    house = open_test_house(config, run_engine=False)
    first = house.database.back_up_daily()
    assert first is not None
    later = first.stat().st_mtime + 365 * 24 * 3600
    os.utime(first, (later, later))
    assert house.database.back_up_daily() is not None
    assert house.database.back_up_daily() is None


def test_bootstrap_tells_whether_routes_are_mounted() -> None:
    assert bootstrap.media_routes_are_mounted() is False
