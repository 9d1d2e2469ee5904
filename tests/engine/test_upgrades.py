"""A Veo video in 1080p or 4K with the real engine: saved beside its source, across a restart, paid once."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import BatchKind, ErrorCode, GenerationRequest, Media, Phase, Task, TaskChange, utc_now
from kaimedia.errors import Conflict
from kaimedia.models.next_steps import NextStep
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.web.gallery import details
from tests.conftest import video_request, wait_for, wait_for_phase

FULL_HD, ULTRA_HD = "veo-3.1-1080p", "veo-3.1-4k"
CREDITS = {FULL_HD: 5.0, ULTRA_HD: 120.0}
MODELS = [ULTRA_HD, pytest.param(FULL_HD, marks=pytest.mark.exhaustive)]


def account(sandbox: EmbeddedSandbox) -> dict[str, Any]:
    with urllib.request.urlopen(f"{sandbox.base_url}/_sandbox/account") as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def set_faults(sandbox: EmbeddedSandbox, *faults: str) -> None:
    url, headers = f"{sandbox.base_url}/_sandbox/faults", {"Content-Type": "application/json"}
    body = json.dumps({"faults": faults}).encode()
    urllib.request.urlopen(urllib.request.Request(url, body, headers, method="POST")).close()


def made(context: AppContext, prompt: str = "a kite over dunes", **changes: Any) -> tuple[Task, Media]:
    task = context.studio.tasks.submit(video_request(prompt, **changes))
    done = wait_for_phase(context, task.task_id, Phase.DONE)
    return done, context.studio.gallery.of_task(task.task_id)[0]


def upgrade(context: AppContext, model: str, source: Task) -> Task:
    wanted = GenerationRequest(model, "", "", params={"task_id": source.provider_task_id})
    return context.studio.tasks.submit(wanted)


def own_steps(context: AppContext, item: Media) -> list[NextStep]:
    found = context.studio.gallery.details(item.id)
    return [each.step for each in context.studio.next_steps.own_steps(item, found.task)]


@pytest.mark.parametrize("model", CREDITS)
def test_it_is_a_new_item_beside_its_source(context: AppContext, sandbox: EmbeddedSandbox, model: str) -> None:
    source, first = made(context)
    before = account(sandbox)["credits"]
    task = upgrade(context, model, source)
    assert task.credits_estimated == CREDITS[model]
    wait_for_phase(context, task.task_id, Phase.DONE)
    (item,) = context.studio.gallery.of_task(task.task_id)
    assert item.filename and item.filename != first.filename and item.parent_id == first.id
    assert context.studio.gallery.details(first.id).made_from_this[0].id == item.id
    assert before - account(sandbox)["credits"] == CREDITS[model]


@pytest.mark.parametrize("model", MODELS)
def test_a_restart_goes_on_where_it_was(
    config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox, model: str
) -> None:
    first = open_test_context(config)
    source, _ = made(first)
    set_faults(sandbox, "slow=150")
    task = upgrade(first, model, source)
    wait_for_phase(first, task.task_id, Phase.WAITING, Phase.GENERATING)
    credits = account(sandbox)["credits"]
    first.close()
    second = open_test_context(config)
    wait_for_phase(second, task.task_id, Phase.DONE)
    assert account(sandbox)["credits"] == credits and len(account(sandbox)["tasks"]) == 2


@pytest.mark.parametrize("model", MODELS)
def test_a_lost_reply_is_left_to_the_user(context: AppContext, sandbox: EmbeddedSandbox, model: str) -> None:
    source, _ = made(context)
    set_faults(sandbox, "create_accepted_reset")
    task = upgrade(context, model, source)
    lost = wait_for_phase(context, task.task_id, Phase.FAILED)
    assert lost.error_code is ErrorCode.OUTCOME_UNKNOWN and lost.may_have_cost
    assert len(account(sandbox)["tasks"]) == 2
    set_faults(sandbox)
    again = context.studio.tasks.retry(task.task_id)  # free: the provider has it already
    wait_for_phase(context, again.task_id, Phase.DONE)
    assert len(account(sandbox)["tasks"]) == 2


def test_only_videos_that_can_are_offered_it(context: AppContext) -> None:
    source, item = made(context)
    assert own_steps(context, item) == [NextStep.GET_1080P, NextStep.GET_4K]
    runway, other = made(context, model="runway")
    assert own_steps(context, other) == [] and runway.phase is Phase.DONE
    _, in_4k = made(context, params={"resolution": "4k"})
    assert own_steps(context, in_4k) == []
    old = replace(source, provider_done_at=(source.provider_done_at or source.created_at) - timedelta(days=15))
    assert context.studio.next_steps.own_steps(item, old) == []


def test_the_menu_says_the_price_and_warns_of_what_is_closed(context: AppContext) -> None:
    source, item = made(context)
    full, ultra = details.of(context.studio, item.id)["steps"]
    assert full[:2] == ["get-1080p", "Get in 1080p"] and "5 credits" in full[2]
    assert "can no longer be used with Veo 3.1 Extend" in full[2]
    assert ultra[:2] == ["get-4k", "Get in 4K"] and "120 credits" in ultra[2] and "no longer" not in ultra[2]
    task = upgrade(context, FULL_HD, source)
    wait_for_phase(context, task.task_id, Phase.DONE)
    wait_for(lambda: own_steps(context, item) == [NextStep.GET_4K], "1080p to be offered once")
    way = context.studio.next_steps.way(NextStep.EXTEND, item, ())
    assert way is not None and way.task_field is None  # another model's, which takes the file


def refused(context: AppContext, model: str, source: Task) -> str:
    """Why a second upgrade is refused, and what to do."""
    queued = context.studio.tasks.page().total
    with pytest.raises(Conflict) as found:
        upgrade(context, model, source)
    assert found.value.field == "task_id" and context.studio.tasks.page().total == queued
    return f"{found.value.message} {found.value.next_step}"


@pytest.mark.parametrize("model", MODELS)
def test_a_second_one_is_refused_while_there_is_one(context: AppContext, sandbox: EmbeddedSandbox, model: str) -> None:
    source, item = made(context)
    set_faults(sandbox, "slow=40")
    first = upgrade(context, model, source)
    said = refused(context, model, source)
    assert first.task_id in said and "Wait for it" in said
    other = NextStep.GET_4K if model == FULL_HD else NextStep.GET_1080P
    assert own_steps(context, item) == [other], "offered once, from the moment it was queued"
    set_faults(sandbox)
    wait_for_phase(context, first.task_id, Phase.DONE)
    assert "in the gallery" in refused(context, model, source)
    (result,) = context.studio.gallery.of_task(first.task_id)
    context.studio.gallery.delete([result.id])
    assert "Restore it" in refused(context, model, source)
    assert own_steps(context, item) == [other]
    assert len(account(sandbox)["tasks"]) == 2


def test_a_video_is_not_offered_to_extend_while_its_1080p_is_in_the_trash(context: AppContext) -> None:
    source, item = made(context)
    task = upgrade(context, FULL_HD, source)
    wait_for_phase(context, task.task_id, Phase.DONE)
    context.studio.gallery.delete([each.id for each in context.studio.gallery.of_task(task.task_id)])
    way = context.studio.next_steps.way(NextStep.EXTEND, item, ())
    assert way is not None and way.task_field is None


@pytest.mark.parametrize("model", MODELS)
def test_one_that_was_canceled_after_sending_is_resumed(
    context: AppContext, sandbox: EmbeddedSandbox, model: str
) -> None:
    source, _ = made(context)
    set_faults(sandbox, "slow=40")
    task = upgrade(context, model, source)
    wait_for_phase(context, task.task_id, Phase.WAITING, Phase.GENERATING)
    context.studio.tasks.cancel(task.task_id)
    assert "Check that task again" in refused(context, model, source)
    set_faults(sandbox)
    assert context.studio.tasks.retry(task.task_id).task_id == task.task_id
    wait_for_phase(context, task.task_id, Phase.DONE)
    assert len(account(sandbox)["tasks"]) == 2


@pytest.mark.parametrize("model", MODELS)
def test_one_that_was_canceled_and_dismissed_is_fetched_by_a_new_one(
    context: AppContext, sandbox: EmbeddedSandbox, model: str
) -> None:
    source, _ = made(context)
    set_faults(sandbox, "slow=40")
    task = upgrade(context, model, source)
    wait_for_phase(context, task.task_id, Phase.WAITING, Phase.GENERATING)
    context.studio.tasks.cancel(task.task_id)
    context.studio.tasks.dismiss(task.task_id)
    set_faults(sandbox)
    wait_for_phase(context, upgrade(context, model, source).task_id, Phase.DONE)
    assert len(account(sandbox)["tasks"]) == 2, "the provider returned the one it had"


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("by_retry", [True, False])
def test_after_a_recorded_failure_the_call_is_made_again(
    context: AppContext, sandbox: EmbeddedSandbox, model: str, *, by_retry: bool
) -> None:
    source, _ = made(context)
    first = upgrade(context, model, source)
    accepted = wait_for_phase(context, first.task_id, Phase.DONE)
    failure = {"phase": Phase.FAILED, "error_code": ErrorCode.PROVIDER_FAILED, "error_message": "Internal error."}
    updater = context.stores.task_updater
    updater.change(TaskChange(first.task_id, frozenset({Phase.DONE}), failure), utc_now())
    again = context.studio.tasks.retry(first.task_id) if by_retry else upgrade(context, model, source)
    assert again.task_id != first.task_id
    done = wait_for_phase(context, again.task_id, Phase.DONE)
    assert done.provider_task_id and len(context.studio.gallery.of_task(again.task_id)) == 1
    before = context.studio.tasks.get(first.task_id)
    assert (before.provider_task_id, before.shared_provider_task_id) == (None, accepted.provider_task_id)
    assert "in the gallery" in refused(context, model, source)


def test_two_of_the_same_in_one_batch_are_refused(context: AppContext) -> None:
    source, _ = made(context)
    wanted = GenerationRequest(FULL_HD, "", "", params={"task_id": source.provider_task_id})
    with pytest.raises(Conflict):
        context.studio.batches.submit(BatchKind.PROMPTS, [wanted, wanted])
    assert context.studio.tasks.page().total == 1
