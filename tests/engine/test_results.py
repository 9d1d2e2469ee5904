"""Paid results are saved whatever arrives: the real engine with the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from kaimedia.context import AppContext
from kaimedia.domain import Condition, ErrorCode, Modality, Phase
from kaimedia.media.result_saver import ResultSaver
from kaimedia.providers.kie.client import KieClient
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.studio import note_text
from tests.conftest import image_request, video_request, wait_for, wait_for_phase

ENDS = (Phase.DONE, Phase.FAILED)


@pytest.mark.parametrize("fault", ["odd_encoding", "gzip_encoding", "record_of_another", "urls_works"])
@pytest.mark.parametrize("model", ["gpt4o-image", "kling-2.5-turbo"])
def test_odd_responses_end_in_a_complete_file(context: AppContext, model: str, fault: str) -> None:
    request = (image_request if model == "gpt4o-image" else video_request)(f"x [fault:{fault}]", model=model)
    ended = wait_for_phase(context, context.studio.tasks.submit(request).task_id, *ENDS, timeout_s=40)
    assert ended.phase is Phase.DONE, ended
    (item,) = context.studio.gallery.of_task(ended.task_id)
    assert item.condition is Condition.OK and item.thumbnail_path


@pytest.mark.every_storage("exhaustive")
@pytest.mark.parametrize("model", ["gpt4o-image", "kling-2.5-turbo"])
def test_a_truncated_file_is_fetched_twice_and_saved_as_damaged(
    context: AppContext, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetches: list[str] = []
    save = ResultSaver.save
    monkeypatch.setattr(ResultSaver, "save", lambda *args, **more: (fetches.append(args[1]), save(*args, **more))[1])
    request = (image_request if model == "gpt4o-image" else video_request)("x [fault:file_cut]", model=model)
    ended = wait_for_phase(context, context.studio.tasks.submit(request).task_id, *ENDS, timeout_s=40)
    assert ended.phase is Phase.DONE and not ended.findings, ended
    (item,) = context.studio.gallery.of_task(ended.task_id)
    assert item.condition is Condition.DAMAGED and item.filename and context.storage.facts(item.filename)
    assert len(fetches) == 2


def test_a_download_that_always_breaks_is_saved_as_damaged_when_the_link_expires(
    context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kaimedia.jobs.plan.SAVE_PAUSE_S", 0.3)
    task = context.studio.tasks.submit(image_request("x [fault:download_truncated=1000]"))
    wait_for(lambda: context.studio.tasks.get(task.task_id).findings, "a damaged download")
    assert not context.studio.gallery.of_task(task.task_id)[0].filename
    monkeypatch.setattr("kaimedia.jobs.plan.LINKS_LIVE_S", 60.0)
    ended = wait_for_phase(context, task.task_id, *ENDS, timeout_s=40)
    assert ended.phase is Phase.DONE, ended
    assert context.studio.gallery.of_task(task.task_id)[0].condition is Condition.DAMAGED


@pytest.mark.every_storage("exhaustive")
@pytest.mark.parametrize(("fault", "condition"), [("file_avif", Condition.OK), ("file_tiff", Condition.UNSHOWABLE)])
@pytest.mark.parametrize("model", ["gpt4o-image", "kling-2.5-turbo"])
def test_an_unexpected_file_type_is_saved_as_it_is(
    context: AppContext, model: str, fault: str, condition: Condition
) -> None:
    request = (image_request if model == "gpt4o-image" else video_request)(f"x [fault:{fault}]", model=model)
    ended = wait_for_phase(context, context.studio.tasks.submit(request).task_id, *ENDS, timeout_s=40)
    assert ended.phase is Phase.DONE, ended
    (item,) = context.studio.gallery.of_task(ended.task_id)
    assert (item.media_type, item.condition) == (Modality.IMAGE, condition)
    assert item.thumbnail_path and item.width_px == 640


@pytest.mark.every_storage("exhaustive")
@pytest.mark.parametrize("variants", [1, 2])
def test_only_as_many_results_are_saved_as_requested(context: AppContext, variants: int) -> None:
    task = context.studio.tasks.submit(image_request("x [fault:links_extra=5000]", variants=variants))
    ended = wait_for_phase(context, task.task_id, *ENDS, timeout_s=40)
    assert ended.phase is Phase.DONE and ended.extra_results == 5000
    assert "5,000 more" in (note_text(ended) or "") and len(ended.result_urls) == variants
    assert len(context.studio.gallery.of_task(task.task_id)) == variants


def test_one_id_for_several_tasks_is_reported(
    context: AppContext, sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = KieClient.submit
    provider_ids: list[str] = []

    def same(*args: Any, **more: Any) -> str:
        provider_ids.append(submit(*args, **more))
        return provider_ids[0]

    monkeypatch.setattr(KieClient, "submit", same)
    tasks = [context.studio.tasks.submit(image_request(f"number {number}")) for number in range(3)]
    ended = [wait_for_phase(context, task.task_id, *ENDS, timeout_s=40) for task in tasks]
    assert sorted(task.phase for task in ended) == [Phase.DONE, Phase.FAILED, Phase.FAILED]
    for task in ended:
        if task.phase is Phase.FAILED:
            assert (task.error_code, task.may_have_cost) == (ErrorCode.OUTCOME_UNKNOWN, True)
            assert task.shared_provider_task_id == provider_ids[0] and provider_ids[0] in (task.error_message or "")
            assert "stopped" not in (task.error_message or "")
    assert len(provider_ids) == 3
