"""An app whose media are in a bucket: every result is paid once and arrives, also through outages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import obstore
import pytest

from kaimedia.config import Config
from kaimedia.config_sources import Origin
from kaimedia.context import AppContext
from kaimedia.domain import Condition, MediaQuery, NoteCode, Phase, utc_now
from kaimedia.errors import StorageUnavailable
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.studio.file_counts import FileCounts
from tests.conftest import housekeeping_of, image_request, video_request, wait_for, wait_for_phase
from tests.engine.test_task_lifecycle import png, sandbox_tasks
from tests.faulty_proxy import Fault
from tests.s3 import Bucket

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("s3")]


@pytest.fixture
def media_settings(bucket: Bucket) -> dict[str, str]:
    return bucket.settings()


def objects_in(bucket: Bucket) -> dict[str, int]:
    return {meta["path"]: meta["size"] for page in obstore.list(bucket.store()) for meta in page}


def test_images_and_videos_arrive_with_thumbnails(context: AppContext, bucket: Bucket) -> None:
    tasks = [context.studio.tasks.submit(request) for request in (image_request(variants=2), video_request())]
    for task in tasks:
        wait_for_phase(context, task.task_id, Phase.DONE)
    items = [item for task in tasks for item in context.studio.gallery.of_task(task.task_id)]
    found = objects_in(bucket)
    assert set(found) == context.stores.media_files.names() and len(found) == 2 * 3 + 4
    for item in items:
        content = bytes(obstore.get(bucket.store(), item.filename or "").bytes())
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (item.sha256, item.size_bytes)
    assert context.studio.health.file_counts(is_deep=True) == FileCounts(len(found), 0, 0, 0)
    used = context.studio.trash.disk_use()
    assert used.media_bytes == sum(item.size_bytes or 0 for item in items) and used.free_bytes is None
    assert list(context.config.data_folder.joinpath(".incoming").iterdir()) == []


def test_gallery_items_are_inputs(context: AppContext) -> None:
    tasks = [context.studio.tasks.submit(request) for request in (image_request(), video_request())]
    for task in tasks:
        wait_for_phase(context, task.task_id, Phase.DONE)
    image, video = (context.studio.gallery.of_task(task.task_id)[0] for task in tasks)
    reference = context.studio.references.from_media("gpt4o-image", image.id)
    frame = context.studio.references.from_media("gpt4o-image", video.id)
    assert context.studio.references.preview(reference) and context.studio.references.preview(frame)
    last = context.studio.references.last_frame("gpt4o-image", video.id, reference.role)
    assert last.filename != frame.filename
    assert list(context.config.data_folder.joinpath(".incoming").iterdir()) == []


def test_the_trash_is_emptied_and_files_without_a_row_are_left_alone(
    context: AppContext, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = context.studio.tasks.submit(image_request(variants=2))
    wait_for_phase(context, task.task_id, Phase.DONE)
    obstore.put(bucket.store(), f"image_20260101T000000Z_{'0' * 32}.png", b"a user's file")
    housekeeping = housekeeping_of(context)
    assert housekeeping.report_untracked() == (1, 0)
    first, second = context.studio.gallery.of_task(task.task_id)
    context.studio.gallery.delete([first.id])
    monkeypatch.setattr("kaimedia.studio.trash.TRASH_RETENTION", timedelta(0))
    assert context.studio.trash.purge() == 3
    housekeeping()
    found = objects_in(bucket)
    assert len(found) == 3 + 1 and second.filename in found and first.filename not in found


def test_an_outage_while_saving_is_waited_for(context: AppContext, bucket: Bucket, sandbox: EmbeddedSandbox) -> None:
    task = context.studio.tasks.submit(image_request("x [fault:slow=5]"))
    wait_for_phase(context, task.task_id, Phase.WAITING, Phase.GENERATING)
    bucket.proxy.always(Fault(status=400))
    waiting = wait_for(
        lambda: (
            found if (found := context.studio.tasks.get(task.task_id)).note_code is NoteCode.NOT_SAVED_YET else None
        ),
        "a failed save",
        timeout_s=60,
    )
    assert "does not respond as expected" in waiting.note and waiting.phase in (Phase.SAVING, Phase.WAITING)
    assert objects_in(bucket) == {}
    bucket.proxy.well()
    wait_for_phase(context, task.task_id, Phase.DONE, timeout_s=60)
    assert set(objects_in(bucket)) == context.stores.media_files.names() and len(sandbox_tasks(sandbox)) == 1


def test_nothing_is_paid_while_the_bucket_does_not_respond(
    config: Config, open_test_context: Callable[..., AppContext], bucket: Bucket, sandbox: EmbeddedSandbox
) -> None:
    context = open_test_context(config, run_engine=False)
    task = context.studio.tasks.submit(image_request())
    bucket.proxy.always(Fault(status=403))
    with pytest.raises(StorageUnavailable, match="refuses the key"):
        context.studio.tasks.submit(image_request("another"))
    context.engine.start()
    note = wait_for(lambda: context.studio.tasks.get(task.task_id).note_code, "a note")
    assert note is NoteCode.STORAGE_UNAVAILABLE and sandbox_tasks(sandbox) == []
    bucket.proxy.well()
    wait_for_phase(context, task.task_id, Phase.DONE, timeout_s=60)
    assert len(sandbox_tasks(sandbox)) == 1


def test_a_wrong_key_or_bucket_is_known_soon_after_the_start(
    config: Config, open_test_context: Callable[..., AppContext], caplog: pytest.LogCaptureFixture
) -> None:
    address, options = config.media_url, config.origins
    wrong = {**options, "AWS_SECRET_ACCESS_KEY": Origin("wrong", "environment")}
    for fields, said in (
        ({"origins": wrong}, "The bucket refuses the key (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)."),
        ({"media_url": address.replace("//media", "//medja")}, "There is no bucket “medja”."),
    ):
        context = open_test_context(replace(config, **fields))  # type: ignore[arg-type]
        problem = wait_for(lambda opened=context: opened.studio.storage_watch.problem, "the first check")
        assert problem.message == said and problem.next_step
        housekeeping = housekeeping_of(context)
        with pytest.raises(StorageUnavailable):
            housekeeping()
        context.close()
        lines = [record for record in caplog.records if said in record.getMessage()]
        assert lines and not any(record.exc_info for record in lines), "a traceback says nothing more"


def test_an_outage_makes_nothing_look_lost(context: AppContext, bucket: Bucket) -> None:
    task = context.studio.tasks.submit(image_request())
    wait_for_phase(context, task.task_id, Phase.DONE)
    (item,) = context.studio.gallery.page(MediaQuery()).items
    bucket.proxy.always(Fault(status=404))
    assert context.studio.missing_files.details(item)[0].condition is Condition.OK
    assert context.studio.trash.disk_use().media_bytes == item.size_bytes
    for use in (
        lambda: context.studio.missing_files.fetch_again(item.id),
        lambda: context.studio.gallery.open_file(item),
        context.studio.health.file_counts,
        housekeeping_of(context).report_untracked,
    ):
        with pytest.raises(StorageUnavailable):
            use()
    media = next(check for check in context.studio.health.checks() if check.name == "media")
    assert not media.is_well and "There is no bucket" in media.detail


def _refuse_all(method: str, path: str) -> Fault:
    return Fault(status=403)


def _refuse_deletes(method: str, path: str) -> Fault | None:
    """As for a key that may read and write, but not delete."""
    return Fault(status=403) if method == "DELETE" or path.endswith(("?delete", "?delete=")) else None


def test_the_trash_is_kept_while_its_files_cannot_be_deleted(
    context: AppContext, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = context.studio.tasks.submit(image_request())
    wait_for_phase(context, task.task_id, Phase.DONE)
    (item,) = context.studio.gallery.of_task(task.task_id)
    context.studio.gallery.delete([item.id])
    trash = context.studio.trash
    bucket.proxy.always(Fault(status=403))
    uses = (trash.empty, lambda: trash.delete_forever([item.id]), lambda: trash.purge(utc_now() + timedelta(days=99)))
    monkeypatch.setattr("kaimedia.studio.trash.days_for", lambda _: 0)
    for fault_of in (_refuse_all, _refuse_deletes):
        bucket.proxy.fault_of = fault_of
        for use in uses:
            with pytest.raises(StorageUnavailable):
                use()
        assert trash.state().count == 1
    bucket.proxy.well()
    assert trash.empty() == 1 and objects_in(bucket) == {}


def test_a_host_that_loses_its_disk_still_has_the_inputs(
    config: Config, open_test_context: Callable[..., AppContext], tmp_path: Path, bucket: Bucket
) -> None:
    """A task that waits for its inputs to be uploaded is finished on a new disk, and its inputs can be used again."""
    before = open_test_context(config, run_engine=False)
    reference = before.studio.references.add("veo3_fast", png())
    task = before.studio.tasks.submit(video_request(references=(reference,)))
    assert task.phase is Phase.PREPARING
    before.close()
    after = open_test_context(replace(config, data_folder=tmp_path / "new"))
    wait_for_phase(after, task.task_id, Phase.DONE)
    again = after.studio.tasks.submit(replace(after.studio.tasks.get(task.task_id).request, prompt="again"))
    wait_for_phase(after, again.task_id, Phase.DONE)
    assert after.reference_store.path(reference).read_bytes() == png()
    housekeeping_of(after)()
    assert f"references/{reference.filename}" in objects_in(bucket)


def test_what_the_sandbox_lost_with_the_disk_is_made_again(
    config: Config,
    open_test_context: Callable[..., AppContext],
    sandbox_options: SandboxOptions,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A new sandbox does not know the task; it ends soon, and *Try again* has its inputs."""
    monkeypatch.setattr("kaimedia.providers.kie.client.MISSING_GRACE_S", 0.3)
    slow = EmbeddedSandbox(replace(sandbox_options, speed=0.01, media_folder=tmp_path / "lost"))
    before = open_test_context(replace(config, sandbox_url=slow.start()))
    reference = before.studio.references.add("gpt4o-image", png())
    task = before.studio.tasks.submit(image_request(references=(reference,)))
    wait_for_phase(before, task.task_id, Phase.GENERATING)
    before.close()
    slow.stop()
    after = open_test_context(replace(config, data_folder=tmp_path / "new"))
    wait_for_phase(after, task.task_id, Phase.FAILED)
    again = after.studio.tasks.retry(task.task_id)
    wait_for_phase(after, again.task_id, Phase.DONE)
