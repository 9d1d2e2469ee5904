"""A task's life on the real engine, the sandbox at the other end of a real socket."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from kaimedia.bootstrap import House
from kaimedia.config import Config
from kaimedia.domain import ErrorCode, MediaQuery, Modality, Phase, Status
from kaimedia.errors import InvalidRequest, StaleTransition
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.conftest import image_request, video_request, wait_for, wait_for_phase

ENDS = (Phase.DONE, Phase.FAILED)


def ledger(sandbox: EmbeddedSandbox) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{sandbox.base_url}/_sandbox/ledger") as answer:
        tasks: list[dict[str, Any]] = json.load(answer)["tasks"]
        return tasks


def png(width: int = 64, height: int = 48) -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()


def test_four_pictures_are_saved_and_in_the_gallery(house: House) -> None:
    task = house.studio.submit(image_request(variants=4))
    assert (task.status, task.phase, len(task.media_ids)) == (Status.PENDING, Phase.QUEUED, 4)
    done = wait_for_phase(house, task.task_id, *ENDS)
    assert done.phase is Phase.DONE, done
    items = house.studio.list_media(MediaQuery()).items
    assert [item.variant for item in sorted(items, key=lambda item: item.variant)] == [0, 1, 2, 3]
    for item in items:
        assert item.filename and item.filename.startswith("image_") and item.sha256
        path = house.storage.path(item.filename)
        assert path is not None and path.stat().st_size == item.size_bytes
        with Image.open(path) as picture:
            assert picture.size == (item.width_px, item.height_px)
        assert item.thumbnail_path and house.storage.exists(item.thumbnail_path)


@pytest.mark.parametrize("model", ["veo3_fast", "veo3", "runway", "sora2", "kling-2.5-turbo"])
def test_each_video_model_gives_a_clip(house: House, model: str) -> None:
    task = house.studio.submit(video_request(model=model))
    done = wait_for_phase(house, task.task_id, *ENDS)
    assert done.phase is Phase.DONE, done
    item = house.studio.media_of_task(task.task_id)[0]
    assert item.media_type is Modality.VIDEO and item.filename and item.filename.endswith(".mp4")
    assert item.poster_path and item.thumbnail_path and item.duration_s


@pytest.mark.parametrize("model", ["gpt4o-image", "veo3_fast", "runway", "kling-2.5-turbo"])
def test_an_uploaded_reference_reaches_the_provider(house: House, sandbox: EmbeddedSandbox, model: str) -> None:
    reference = house.studio.add_reference(model, png())
    request = (image_request if model == "gpt4o-image" else video_request)(model=model, reference=reference)
    task = house.studio.submit(request)
    assert task.phase is Phase.PREPARING
    done = wait_for_phase(house, task.task_id, *ENDS)
    assert done.phase is Phase.DONE, done
    assert done.reference_url and done.reference_url.startswith(sandbox.base_url)


def test_a_gallery_picture_becomes_a_reference(house: House) -> None:
    first = house.studio.submit(image_request())
    wait_for_phase(house, first.task_id, Phase.DONE)
    media_id = house.studio.media_of_task(first.task_id)[0].id
    reference = house.studio.reference_from_media("kling-2.5-turbo", media_id)
    task = house.studio.submit(video_request(model="kling-2.5-turbo", reference=reference))
    assert wait_for_phase(house, task.task_id, *ENDS).phase is Phase.DONE


def test_progress_moves_where_the_provider_tells_it(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox
) -> None:
    house = open_test_house(replace(config, poll_s=0.01))
    task = house.studio.submit(image_request("slow [fault:slow=120]"))
    seen: set[float] = set()

    def look() -> bool:
        now = house.studio.task(task.task_id)
        if now.progress is not None:
            seen.add(now.progress)
        return now.phase is Phase.DONE

    wait_for(look, "the picture")
    assert len(seen) >= 2 and all(0 <= value <= 1 for value in seen)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("create_401", ErrorCode.BAD_KEY),
        ("create_402", ErrorCode.NO_CREDITS),
        ("create_402_as_500", ErrorCode.NO_CREDITS),
        ("create_422", ErrorCode.REJECTED),
        ("create_433", ErrorCode.BAD_KEY),
        ("create_policy", ErrorCode.MODERATED),
        ("create_451", ErrorCode.BAD_REFERENCE),
        ("policy", ErrorCode.MODERATED),
        ("fail", ErrorCode.PROVIDER_FAILED),
        ("fail_501", ErrorCode.PROVIDER_FAILED),
        ("internal_error", ErrorCode.PROVIDER_FAILED),
    ],
)
@pytest.mark.parametrize("model", ["gpt4o-image", "veo3_fast", "runway", "kling-2.5-turbo"])
def test_refusals_and_failures_say_why_and_cost_nothing(
    house: House, sandbox: EmbeddedSandbox, model: str, fault: str, code: ErrorCode
) -> None:
    request = (image_request if model == "gpt4o-image" else video_request)(f"x [fault:{fault}]", model=model)
    task = house.studio.submit(request)
    ended = wait_for_phase(house, task.task_id, *ENDS)
    assert (ended.phase, ended.error_code) == (Phase.FAILED, code), ended
    assert ended.error_message and not ended.may_have_cost
    assert len(ledger(sandbox)) <= 1
    assert sum(entry["charged"] - entry["refunded"] for entry in ledger(sandbox)) == 0


@pytest.mark.parametrize("fault", ["create_429", "create_429_http", "create_430", "create_455=2", "create_550"])
def test_what_was_not_accepted_is_sent_again_and_paid_once(house: House, sandbox: EmbeddedSandbox, fault: str) -> None:
    task = house.studio.submit(image_request(f"x [fault:{fault}]"))
    assert wait_for_phase(house, task.task_id, *ENDS).phase is Phase.DONE
    assert len(ledger(sandbox)) == 1


@pytest.mark.parametrize(
    "fault",
    ["create_accepted_reset", "create_accepted_html502", "create_accepted_truncated", "create_accepted_no_id"],
)
def test_a_lost_reply_is_never_sent_again_and_settled_by_its_id(
    house: House, sandbox: EmbeddedSandbox, fault: str
) -> None:
    task = house.studio.submit(image_request(f"x [fault:{fault}]"))
    lost = wait_for_phase(house, task.task_id, *ENDS)
    assert lost.error_code is ErrorCode.OUTCOME_UNKNOWN and lost.may_have_cost and lost.due_at is None
    (entry,) = ledger(sandbox)
    with pytest.raises(InvalidRequest):
        house.studio.resolve(task.task_id, "  ")
    house.studio.resolve(task.task_id, f" {entry['task_id']} ")
    assert wait_for_phase(house, task.task_id, Phase.DONE).error_code is None
    assert len(ledger(sandbox)) == 1


@pytest.mark.parametrize("fault", ["create_reset", "create_html502"])
def test_a_reply_lost_before_acceptance_looks_the_same_and_can_be_dismissed(
    house: House, sandbox: EmbeddedSandbox, fault: str
) -> None:
    task = house.studio.submit(image_request(f"x [fault:{fault}]"))
    lost = wait_for_phase(house, task.task_id, *ENDS)
    assert lost.error_code is ErrorCode.OUTCOME_UNKNOWN
    house.studio.dismiss(task.task_id)
    assert task.task_id not in {shown.task_id for shown in house.studio.shown_tasks()}
    assert ledger(sandbox) == []


@pytest.mark.parametrize(
    "fault",
    [
        "html502", "empty", "truncated", "array", "data_null", "poll_429", "poll_429_http", "poll_430", "poll_455",
        "poll_500", "poll_550", "poll_reset", "code_505_with_data", "code_as_string", "data_as_string", "no_envelope",
        "record_missing=5", "urls_json_string", "urls_bracket", "urls_plain", "urls_objects", "urls_snake",
        "response_as_string", "flag_string", "flag_true", "unknown_state", "state_upper", "progress_100",
        "progress_null", "progress_absent", "times_as_text", "success_without_url", "download_503",
        "download_truncated", "wrong_type", "wrong_extension", "unsigned_link",
    ],
)  # fmt: skip
@pytest.mark.parametrize("model", ["gpt4o-image", "veo3_fast", "runway", "kling-2.5-turbo"])
def test_weather_and_odd_shapes_end_in_a_saved_file(
    house: House, sandbox: EmbeddedSandbox, model: str, fault: str
) -> None:
    request = (image_request if model == "gpt4o-image" else video_request)(f"x [fault:{fault}]", model=model)
    task = house.studio.submit(request)
    ended = wait_for_phase(house, task.task_id, *ENDS, timeout_s=40)
    assert ended.phase is Phase.DONE, ended
    assert len(ledger(sandbox)) == 1


@pytest.mark.parametrize("fault", ["dead_link", "download_html", "download_away"])
def test_a_result_that_cannot_be_kept_is_said_and_can_be_fetched_again(house: House, fault: str) -> None:
    task = house.studio.submit(image_request(f"x [fault:{fault}]"))
    noted = wait_for(lambda: house.studio.task(task.task_id).note, "a note about the trouble")
    assert "not saved yet" in noted
    ended = wait_for_phase(house, task.task_id, *ENDS, timeout_s=60)
    assert (ended.error_code, ended.may_have_cost) == (ErrorCode.NOT_SAVED, True)
    assert ended.result_urls
    assert house.studio.retry(task.task_id).task_id == task.task_id


def test_an_empty_answer_to_a_fetch_is_tried_again_with_the_time_left_in_view(house: House) -> None:
    task = house.studio.submit(image_request("x [fault:download_empty]"))
    noted = wait_for(lambda: house.studio.task(task.task_id).note, "a note about the trouble")
    assert "empty" in noted and "works until" in noted
    assert house.studio.task(task.task_id).status is Status.PROCESSING


def test_a_dead_link_is_not_promised_to_work(house: House) -> None:
    task = house.studio.submit(image_request("x [fault:dead_link]"))
    noted = wait_for(lambda: house.studio.task(task.task_id).note, "a note about the trouble")
    assert "no longer valid" in noted and "new link" in noted
    assert "until" not in noted


def test_cancel_before_sending_is_free(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox
) -> None:
    house = open_test_house(config, run_engine=False)
    task = house.studio.submit(image_request())
    gone = house.studio.cancel(task.task_id)
    assert (gone.error_code, gone.may_have_cost) == (ErrorCode.CANCELLED, False)
    assert house.studio.shown_tasks() == []
    house.engine.start()
    other = house.studio.submit(image_request("another"))
    wait_for_phase(house, other.task_id, Phase.DONE)
    assert [entry["prompt"] for entry in ledger(sandbox)] == ["another"]
    with pytest.raises(StaleTransition):
        house.studio.cancel(task.task_id)


def test_cancel_after_sending_stops_watching_and_can_be_taken_up_again(house: House, sandbox: EmbeddedSandbox) -> None:
    task = house.studio.submit(image_request("x [fault:slow=100]"))
    wait_for_phase(house, task.task_id, Phase.WAITING, Phase.GENERATING)
    gone = house.studio.cancel(task.task_id)
    assert (gone.error_code, gone.may_have_cost, gone.due_at) == (ErrorCode.CANCELLED, True, None)
    again = house.studio.retry(task.task_id)
    assert again.task_id == task.task_id
    wait_for_phase(house, task.task_id, Phase.DONE)
    assert len(ledger(sandbox)) == 1


def test_retry_of_a_refused_task_is_a_new_one(house: House) -> None:
    task = house.studio.submit(image_request("x [fault:create_422]"))
    wait_for_phase(house, task.task_id, Phase.FAILED)
    fresh = house.studio.retry(task.task_id)
    assert fresh.task_id != task.task_id and fresh.retry_of == task.task_id
    wait_for_phase(house, fresh.task_id, Phase.FAILED)
    assert [shown.task_id for shown in house.studio.shown_tasks()] == [fresh.task_id]


def test_past_its_deadline_a_task_says_so_and_is_still_found(
    config: Config, open_test_house: Callable[..., House], sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kaimedia.kie import catalog

    spec = replace(catalog.get("gpt4o-image"), deadline_s=0)
    monkeypatch.setattr("kaimedia.jobs.steps.catalog.get", lambda _: spec)
    monkeypatch.setattr("kaimedia.jobs.plan.SLOW_LOOK_S", 0.2)
    house = open_test_house(config)
    task = house.studio.submit(image_request("x [fault:slow=120]"))
    late = wait_for_phase(house, task.task_id, Phase.FAILED)
    assert (late.error_code, late.may_have_cost) == (ErrorCode.EXPIRED, True) and late.due_at is not None
    assert wait_for_phase(house, task.task_id, Phase.DONE).error_code is None
    assert len(ledger(sandbox)) == 1
