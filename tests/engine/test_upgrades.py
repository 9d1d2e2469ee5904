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
from kaimedia.domain import ErrorCode, GenerationRequest, Media, Phase, Task
from kaimedia.models.next_steps import NextStep
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.web.gallery import details
from tests.conftest import video_request, wait_for, wait_for_phase

FULL_HD, ULTRA_HD = "veo-3.1-1080p", "veo-3.1-4k"
CREDITS = {FULL_HD: 5.0, ULTRA_HD: 120.0}


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


@pytest.mark.parametrize("model", CREDITS)
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


@pytest.mark.parametrize("model", CREDITS)
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
