"""The life cycle of a task with the real engine and the sandbox behind a real socket."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, MediaQuery, Modality, NoteCode, Phase, Status, Task
from kaimedia.errors import InvalidRequest, StaleTransition
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.studio import note_text
from tests.conftest import image_request, video_request, wait_for, wait_for_phase

ENDS = (Phase.DONE, Phase.FAILED)
FAMILIES = ("gpt4o-image", "veo3_fast", "runway", "kling-2.5-turbo")  # one model of each wire format
LEFT_OUT = ("gpt4o-image", "runway")  # where it takes long and the others are alike
TRANSIENT_AND_ODD = (
    "html502", "empty", "truncated", "array", "data_null", "poll_429", "poll_429_http", "poll_430", "poll_455",
    "poll_500", "poll_550", "poll_reset", "code_505_with_data", "code_as_string", "data_as_string", "no_envelope",
    "record_missing=5", "urls_json_string", "urls_bracket", "urls_plain", "urls_objects", "urls_snake",
    "response_as_string", "flag_string", "flag_true", "unknown_state", "state_upper", "progress_100",
    "progress_null", "progress_absent", "times_as_text", "success_without_url", "download_503",
    "download_truncated", "wrong_type", "wrong_extension", "unsigned_link",
)  # fmt: skip


def ended_of_each_family(context: AppContext, fault: str) -> dict[str, Task]:
    """How a task of each family ends with that fault; all run at the same time, each with a prompt of its own."""
    started = {}
    for model in FAMILIES:
        request = image_request if model == "gpt4o-image" else video_request
        started[model] = context.studio.tasks.submit(request(f"{model} [fault:{fault}]", model=model)).task_id
    return {model: wait_for_phase(context, task_id, *ENDS, timeout_s=40) for model, task_id in started.items()}


def sandbox_tasks(sandbox: EmbeddedSandbox) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{sandbox.base_url}/_sandbox/account") as answer:
        tasks: list[dict[str, Any]] = json.load(answer)["tasks"]
        return tasks


def png(width: int = 64, height: int = 48) -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()


def test_four_images_are_saved_and_in_the_gallery(context: AppContext) -> None:
    task = context.studio.tasks.submit(image_request(variants=4))
    assert (task.status, task.phase, len(task.media_ids)) == (Status.PENDING, Phase.QUEUED, 4)
    done = wait_for_phase(context, task.task_id, *ENDS)
    assert done.phase is Phase.DONE, done
    items = context.studio.gallery.page(MediaQuery()).items
    assert [item.variant for item in sorted(items, key=lambda item: item.variant)] == [0, 1, 2, 3]
    for item in items:
        assert item.filename and item.filename.startswith("image_") and item.sha256
        with context.storage.local_copy(item.filename) as path, Image.open(path) as image:
            assert path.stat().st_size == item.size_bytes
            assert image.size == (item.width_px, item.height_px)
        assert item.thumbnail_path and context.storage.facts(item.thumbnail_path)


@pytest.mark.parametrize("model", ["veo3_fast", "veo3", "runway", "sora2", "kling-2.5-turbo"])
def test_each_video_model_makes_a_video(context: AppContext, model: str) -> None:
    task = context.studio.tasks.submit(video_request(model=model))
    done = wait_for_phase(context, task.task_id, *ENDS)
    assert done.phase is Phase.DONE, done
    item = context.studio.gallery.of_task(task.task_id)[0]
    assert item.media_type is Modality.VIDEO and item.filename and item.filename.endswith(".mp4")
    assert item.poster_path and item.thumbnail_path and item.duration_s


@pytest.mark.parametrize("model", FAMILIES)
def test_an_uploaded_reference_reaches_the_provider(context: AppContext, sandbox: EmbeddedSandbox, model: str) -> None:
    reference = context.studio.references.add(model, png())
    request = (image_request if model == "gpt4o-image" else video_request)(model=model, references=(reference,))
    task = context.studio.tasks.submit(request)
    assert task.phase is Phase.PREPARING
    done = wait_for_phase(context, task.task_id, *ENDS)
    assert done.phase is Phase.DONE, done
    assert done.reference_urls and (done.reference_urls[0] or "").startswith(sandbox.base_url)


def test_a_gallery_image_becomes_a_reference(context: AppContext) -> None:
    first = context.studio.tasks.submit(image_request())
    wait_for_phase(context, first.task_id, Phase.DONE)
    media_id = context.studio.gallery.of_task(first.task_id)[0].id
    reference = context.studio.references.from_media("kling-2.5-turbo", media_id)
    task = context.studio.tasks.submit(video_request(model="kling-2.5-turbo", references=(reference,)))
    assert wait_for_phase(context, task.task_id, *ENDS).phase is Phase.DONE


def test_progress_changes_where_the_provider_reports_it(
    config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    context = open_test_context(replace(config, poll_s=0.01))
    task = context.studio.tasks.submit(image_request("slow [fault:slow=120]"))
    seen: set[float] = set()

    def is_done() -> bool:
        now = context.studio.tasks.get(task.task_id)
        if now.progress is not None:
            seen.add(now.progress)
        return now.phase is Phase.DONE

    wait_for(is_done, "the image")
    assert len(seen) >= 2 and all(0 <= value <= 1 for value in seen)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("create_402", ErrorCode.NO_CREDITS),
        ("create_402_as_500", ErrorCode.NO_CREDITS),
        ("create_422", ErrorCode.REJECTED),
        ("create_policy", ErrorCode.MODERATED),
        ("create_451", ErrorCode.BAD_REFERENCE),
        ("policy", ErrorCode.MODERATED),
        ("fail", ErrorCode.PROVIDER_FAILED),
        ("fail_501", ErrorCode.PROVIDER_FAILED),
        ("internal_error", ErrorCode.PROVIDER_FAILED),
    ],
)
def test_rejections_and_failures_have_a_reason_and_cost_nothing(
    context: AppContext, sandbox: EmbeddedSandbox, fault: str, code: ErrorCode
) -> None:
    for model, ended in ended_of_each_family(context, fault).items():
        assert (ended.phase, ended.error_code) == (Phase.FAILED, code), (model, ended)
        assert ended.error_message and not ended.may_have_cost, model
    assert len(sandbox_tasks(sandbox)) <= len(FAMILIES)
    assert sum(entry["charged"] - entry["refunded"] for entry in sandbox_tasks(sandbox)) == 0


@pytest.mark.parametrize("fault", ["create_401", "create_433"])
@pytest.mark.parametrize("model", FAMILIES)
def test_a_rejected_key_is_the_reason_and_costs_nothing(
    context: AppContext, sandbox: EmbeddedSandbox, model: str, fault: str
) -> None:
    request = (image_request if model == "gpt4o-image" else video_request)(f"x [fault:{fault}]", model=model)
    task = context.studio.tasks.submit(request)
    ended = wait_for_phase(context, task.task_id, *ENDS)
    assert (ended.phase, ended.error_code) == (Phase.FAILED, ErrorCode.BAD_KEY), ended
    assert ended.error_message and not ended.may_have_cost
    assert sum(entry["charged"] - entry["refunded"] for entry in sandbox_tasks(sandbox)) == 0


@pytest.mark.parametrize("fault", ["create_429", "create_429_http", "create_430", "create_455=2", "create_550"])
def test_what_was_not_accepted_is_sent_again_and_paid_once(
    context: AppContext, sandbox: EmbeddedSandbox, fault: str
) -> None:
    task = context.studio.tasks.submit(image_request(f"x [fault:{fault}]"))
    assert wait_for_phase(context, task.task_id, *ENDS).phase is Phase.DONE
    assert len(sandbox_tasks(sandbox)) == 1


@pytest.mark.parametrize(
    "fault",
    ["create_accepted_reset", "create_accepted_html502", "create_accepted_truncated", "create_accepted_no_id"],
)
def test_a_lost_reply_is_never_sent_again_and_is_resolved_by_its_id(
    context: AppContext, sandbox: EmbeddedSandbox, fault: str
) -> None:
    task = context.studio.tasks.submit(image_request(f"x [fault:{fault}]"))
    lost = wait_for_phase(context, task.task_id, *ENDS)
    assert lost.error_code is ErrorCode.OUTCOME_UNKNOWN and lost.may_have_cost and lost.due_at is None
    (entry,) = sandbox_tasks(sandbox)
    with pytest.raises(InvalidRequest):
        context.studio.tasks.resolve(task.task_id, "  ")
    context.studio.tasks.resolve(task.task_id, f" {entry['task_id']} ")
    assert wait_for_phase(context, task.task_id, Phase.DONE).error_code is None
    assert len(sandbox_tasks(sandbox)) == 1


@pytest.mark.parametrize("fault", ["create_reset", "create_html502"])
def test_a_reply_lost_before_acceptance_can_be_dismissed(
    context: AppContext, sandbox: EmbeddedSandbox, fault: str
) -> None:
    task = context.studio.tasks.submit(image_request(f"x [fault:{fault}]"))
    lost = wait_for_phase(context, task.task_id, *ENDS)
    assert lost.error_code is ErrorCode.OUTCOME_UNKNOWN
    context.studio.tasks.dismiss(task.task_id)
    assert task.task_id not in {shown.task_id for shown in context.studio.tasks.shown()}
    assert sandbox_tasks(sandbox) == []


@pytest.mark.parametrize(
    "model", [pytest.param(name, marks=pytest.mark.exhaustive) if name in LEFT_OUT else name for name in FAMILIES]
)
def test_transient_errors_and_odd_responses_end_in_a_saved_file(
    context: AppContext, sandbox: EmbeddedSandbox, model: str
) -> None:
    """All at the same time, each with a task of its own."""
    request = image_request if model == "gpt4o-image" else video_request
    started = {
        fault: context.studio.tasks.submit(request(f"{model} [fault:{fault}]", model=model)).task_id
        for fault in TRANSIENT_AND_ODD
    }
    for fault, task_id in started.items():
        ended = wait_for_phase(context, task_id, *ENDS, timeout_s=60)
        assert ended.phase is Phase.DONE, (fault, ended)
        assert context.studio.gallery.of_task(task_id)[0].filename, fault
    assert len(sandbox_tasks(sandbox)) == len(TRANSIENT_AND_ODD)


@pytest.mark.parametrize("fault", ["dead_link", "download_html", "download_away"])
def test_a_result_that_cannot_be_saved_is_reported_and_can_be_fetched_again(context: AppContext, fault: str) -> None:
    task = context.studio.tasks.submit(image_request(f"x [fault:{fault}]"))
    noted = wait_for(lambda: context.studio.tasks.get(task.task_id).note_code, "a note about the error")
    assert noted in (NoteCode.NOT_SAVED_YET, NoteCode.LINK_EXPIRED)
    ended = wait_for_phase(context, task.task_id, *ENDS, timeout_s=60)
    assert (ended.error_code, ended.may_have_cost) == (ErrorCode.NOT_SAVED, True)
    assert ended.result_urls
    assert context.studio.tasks.retry(task.task_id).task_id == task.task_id


def test_an_empty_download_is_tried_again_and_shows_the_time_left(context: AppContext) -> None:
    task = context.studio.tasks.submit(image_request("x [fault:download_empty]"))
    noted = wait_for(lambda: note_text(context.studio.tasks.get(task.task_id)), "a note about the error")
    assert "empty" in noted and "works at least until" in noted
    assert context.studio.tasks.get(task.task_id).status is Status.PROCESSING


def test_an_expired_link_has_no_time_left(context: AppContext) -> None:
    task = context.studio.tasks.submit(image_request("x [fault:dead_link]"))
    noted = wait_for(lambda: note_text(context.studio.tasks.get(task.task_id)), "a note about the error")
    assert "no longer valid" in noted and "new link" in noted
    assert "until" not in noted


def test_cancel_before_sending_is_free(
    config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    context = open_test_context(config, run_engine=False)
    task = context.studio.tasks.submit(image_request())
    canceled = context.studio.tasks.cancel(task.task_id)
    assert (canceled.error_code, canceled.may_have_cost) == (ErrorCode.CANCELLED, False)
    assert context.studio.tasks.shown() == []
    context.engine.start()
    other = context.studio.tasks.submit(image_request("another"))
    wait_for_phase(context, other.task_id, Phase.DONE)
    assert [entry["prompt"] for entry in sandbox_tasks(sandbox)] == ["another"]
    with pytest.raises(StaleTransition):
        context.studio.tasks.cancel(task.task_id)


def test_cancel_after_sending_stops_polling_and_can_be_resumed(context: AppContext, sandbox: EmbeddedSandbox) -> None:
    task = context.studio.tasks.submit(image_request("x [fault:slow=100]"))
    wait_for_phase(context, task.task_id, Phase.WAITING, Phase.GENERATING)
    canceled = context.studio.tasks.cancel(task.task_id)
    assert (canceled.error_code, canceled.may_have_cost, canceled.due_at) == (ErrorCode.CANCELLED, True, None)
    again = context.studio.tasks.retry(task.task_id)
    assert again.task_id == task.task_id
    wait_for_phase(context, task.task_id, Phase.DONE)
    assert len(sandbox_tasks(sandbox)) == 1


def test_retry_of_a_refused_task_is_a_new_one(context: AppContext) -> None:
    task = context.studio.tasks.submit(image_request("x [fault:create_422]"))
    wait_for_phase(context, task.task_id, Phase.FAILED)
    fresh = context.studio.tasks.retry(task.task_id)
    assert fresh.task_id != task.task_id and fresh.retry_of == task.task_id
    wait_for_phase(context, fresh.task_id, Phase.FAILED)
    assert [shown.task_id for shown in context.studio.tasks.shown()] == [fresh.task_id]


def test_a_task_past_its_deadline_is_expired_and_still_found(
    config: Config,
    open_test_context: Callable[..., AppContext],
    sandbox: EmbeddedSandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from kaimedia.models import catalogue

    spec = replace(catalogue.get("gpt4o-image"), deadline_s=0)
    monkeypatch.setattr("kaimedia.models.model_catalog.ModelCatalog.get", lambda *_: spec)
    monkeypatch.setattr("kaimedia.jobs.plan.SLOW_POLL_S", 0.2)
    context = open_test_context(config)
    task = context.studio.tasks.submit(image_request("x [fault:slow=120]"))
    late = wait_for_phase(context, task.task_id, Phase.FAILED)
    assert (late.error_code, late.may_have_cost) == (ErrorCode.EXPIRED, True) and late.due_at is not None
    assert wait_for_phase(context, task.task_id, Phase.DONE).error_code is None
    assert len(sandbox_tasks(sandbox)) == 1
