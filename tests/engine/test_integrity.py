"""The integrity report finds what was planted and nothing else; repair adds and marks, and deletes nothing."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from kaimedia.context import AppContext
from kaimedia.domain import Condition, GenerationRequest, Media, MediaQuery, Phase, Task, utc_now
from kaimedia.domain.integrity import FaultKind, Remedy
from kaimedia.errors import StaleTransition, StorageUnavailable
from kaimedia.media import names
from tests.conftest import image_request, video_request, wait_for, wait_for_phase
from tests.finished import finished
from tests.stored import put, put_bytes

pytestmark = pytest.mark.every_storage("exhaustive")


def made(context: AppContext, request: GenerationRequest) -> tuple[Task, list[Media]]:
    """Made by this test's sandbox, which can be asked for it again."""
    task = context.studio.tasks.submit(request)
    wait_for_phase(context, task.task_id, Phase.DONE)
    return context.studio.tasks.get(task.task_id), context.studio.gallery.of_task(task.task_id)


def replace_bytes(context: AppContext, name: str, data: bytes) -> None:
    put_bytes(context.storage, name, data)


def stored(context: AppContext, name: str | None) -> bytes:
    assert name
    with context.storage.open(name) as stream:
        return stream.read()


def an_image(path: Path, color: str = "teal") -> bytes:
    Image.new("RGB", (40, 30), color).save(path, "PNG")
    return path.read_bytes()


def found(context: AppContext, *, is_deep: bool = True) -> set[tuple[FaultKind, str]]:
    return {(fault.kind, fault.name) for fault in context.studio.rescue.faults(is_deep=is_deep)}


def no_longer_kept(context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kaimedia.studio.missing_files.RECORDS_LIVE_S", -1.0)


def test_each_fault_is_found_and_none_invented(context: AppContext, tmp_path: Path) -> None:
    items = [finished(context, image_request(f"picture {number}"))[1][0] for number in range(5)]
    film = finished(context, video_request(duration_s=4))[1][0]
    assert found(context) == set()
    missing, cut, changed, _, intact = (str(item.filename) for item in items)
    context.storage.delete([missing])
    replace_bytes(context, cut, stored(context, cut)[:-9])
    whole = stored(context, changed)
    replace_bytes(context, changed, whole[:-1] + bytes([whole[-1] ^ 1]))
    context.storage.delete([str(items[3].thumbnail_path), str(film.poster_path)])
    untracked = put(context.storage, an_image(tmp_path / "a.png"))
    planted = {
        (FaultKind.FILE_MISSING, missing),
        (FaultKind.WRONG_SIZE, cut),
        (FaultKind.FILE_CHANGED, changed),
        (FaultKind.THUMBNAIL_LOST, str(items[3].thumbnail_path)),
        (FaultKind.THUMBNAIL_LOST, str(film.poster_path)),
        (FaultKind.UNTRACKED, untracked),
    }
    assert found(context) == planted
    assert found(context, is_deep=False) == planted - {(FaultKind.FILE_CHANGED, changed)}
    report = context.studio.rescue.integrity.check(is_deep=True)
    assert (report.items, report.total, report.counts[FaultKind.THUMBNAIL_LOST]) == (6, 6, 2)
    assert not report.remedies and intact not in {fault.name for fault in report.faults}


def test_a_file_whose_row_is_about_to_be_written_is_no_fault(context: AppContext, tmp_path: Path) -> None:
    task, _ = finished(context, image_request())
    late = put(context.storage, an_image(tmp_path / "a.png"), key=names.result_key(task.task_id, 0))
    assert (FaultKind.UNTRACKED, late) in found(context)
    context.engine.stop()
    context.stores.task_results.fetch_again(task.task_id, task.media_ids, utc_now())
    assert (FaultKind.UNTRACKED, late) not in found(context)


@pytest.mark.every_storage
def test_repair_fetches_remakes_and_registers(context: AppContext, tmp_path: Path) -> None:
    task, (lost, also_lost) = made(context, image_request(variants=2))
    _, (film,) = finished(context, video_request(duration_s=4))
    context.storage.delete([str(lost.filename), str(also_lost.filename), str(film.thumbnail_path)])
    untracked = put(context.storage, an_image(tmp_path / "a.png"))
    report = context.studio.rescue.integrity.repair()
    assert report.remedies == {Remedy.FETCHING: 2, Remedy.REMADE: 1, Remedy.REGISTERED: 1}
    wait_for_phase(context, task.task_id, Phase.DONE)
    again = context.studio.gallery.of_task(task.task_id)
    assert [item.sha256 for item in again] == [lost.sha256, also_lost.sha256]
    assert context.storage.facts(str(film.thumbnail_path))
    (registered,) = [item for item in _gallery(context) if item.filename == untracked]
    assert registered.sha256 == hashlib.sha256(stored(context, untracked)).hexdigest()
    assert (registered.width_px, registered.height_px, registered.condition) == (40, 30, Condition.OK)
    assert context.storage.facts(str(registered.thumbnail_path)) and registered.created_at == names.made_at(untracked)
    assert found(context) == set()


def test_what_cannot_be_fetched_is_marked_until_it_is_back(
    context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, (item,) = finished(context, image_request())
    data = stored(context, item.filename)
    no_longer_kept(context, monkeypatch)
    context.storage.delete([str(item.filename)])
    assert context.studio.rescue.integrity.repair().remedies == {Remedy.MARKED_MISSING: 1}
    assert context.studio.gallery.get(item.id).condition is Condition.MISSING
    assert context.studio.rescue.integrity.repair().remedies == {Remedy.LEFT: 1}
    replace_bytes(context, str(item.filename), data)
    (shown,) = context.studio.missing_files.marked([context.studio.gallery.get(item.id)])
    assert shown.condition is Condition.OK
    assert found(context) == {(FaultKind.FOUND_AGAIN, str(item.filename))}
    assert context.studio.rescue.integrity.repair().remedies == {Remedy.UNMARKED: 1}
    assert context.studio.gallery.get(item.id) == item and found(context) == set()


def test_a_damaged_file_is_fetched_again_and_an_edited_one_is_left(context: AppContext, tmp_path: Path) -> None:
    task, (damaged,) = made(context, image_request("damaged"))
    _, (edited,) = finished(context, image_request("edited"))
    replace_bytes(context, str(damaged.filename), stored(context, damaged.filename)[:60])
    painted = an_image(tmp_path / "edited.png", "red")
    replace_bytes(context, str(edited.filename), painted)
    assert context.studio.rescue.integrity.repair().remedies == {Remedy.FETCHING: 1, Remedy.LEFT: 1}
    wait_for_phase(context, task.task_id, Phase.DONE)
    assert hashlib.sha256(stored(context, damaged.filename)).hexdigest() == damaged.sha256
    assert stored(context, edited.filename) == painted


def test_an_unreadable_file_is_marked_and_stays(context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    _, (item,) = finished(context, image_request())
    cut = stored(context, item.filename)[:60]
    replace_bytes(context, str(item.filename), cut)
    no_longer_kept(context, monkeypatch)
    assert context.studio.rescue.integrity.repair().remedies == {Remedy.MARKED_DAMAGED: 1}
    assert context.studio.gallery.get(item.id).condition is Condition.DAMAGED
    assert stored(context, item.filename) == cut


def test_a_storage_without_any_file_is_not_repaired(context: AppContext) -> None:
    _, (item,) = finished(context, image_request())
    context.storage.delete(context.storage.files())
    with pytest.raises(StorageUnavailable, match="no files at all"):
        context.studio.rescue.integrity.repair()
    assert context.studio.gallery.get(item.id) == item


def test_one_at_a_time_in_the_background(context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    finished(context, image_request())
    integrity = context.studio.rescue.integrity
    integrity.begin_check(is_deep=True)
    if integrity.state().job is not None:
        with pytest.raises(StaleTransition):
            integrity.begin_repair()
    report = wait_for(lambda: integrity.state().job is None and integrity.state().report, "the report")
    assert report.total == 0 and report.is_deep
    assert integrity.state_refreshed(is_deep=True).report == report, "a new report is not made again"
    monkeypatch.setattr("kaimedia.studio.rescue.integrity_service.utc_now", lambda: utc_now() + timedelta(minutes=2))
    integrity.state_refreshed(is_deep=False)
    newer = wait_for(lambda: integrity.state().job is None and integrity.state().report, "a newer report")
    assert newer.made_at > report.made_at


def _gallery(context: AppContext) -> list[Media]:
    return list(context.studio.gallery.page(MediaQuery()).items)
