"""A task that a free provider no longer knows after its restart: ended at once, and nothing is charged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, GenerationRequest, Phase, ProviderName, Task, TaskChange, utc_now
from kaimedia.domain.ledger import EntryKind
from kaimedia.jobs import polling
from kaimedia.models import catalogue
from kaimedia.providers.base import Report, TaskState
from kaimedia.studio.task_texts import next_step
from tests.conftest import image_request, video_request, wait_for_phase
from tests.engine.test_unknown_ids import REQUESTS

AGE_S = 30


def accepted(context: AppContext, request: GenerationRequest) -> Task:
    """A task that was accepted by the sandbox of an earlier start."""
    task = context.studio.tasks.submit(request)
    now = utc_now()
    fields = {
        "phase": Phase.GENERATING,
        "sent_at": now - timedelta(seconds=AGE_S + 1),
        "accepted_at": now - timedelta(seconds=AGE_S),
        "provider_task_id": "made-before-the-restart",
        "credits_actual": 7.0,  # as a record may say while the task runs
        "due_at": now,
    }
    context.stores.task_updater.change(TaskChange(task.task_id, frozenset({task.phase}), fields), now)
    return context.studio.tasks.get(task.task_id)


@pytest.mark.parametrize("request_", [image_request(), video_request(), REQUESTS[2]], ids=lambda each: each.model)
def test_it_ends_at_once_and_nothing_is_charged(
    config: Config, open_test_context: Callable[..., AppContext], request_: GenerationRequest
) -> None:
    context = open_test_context(config, run_engine=False)
    task = accepted(context, request_)
    context.engine.start()
    lost = wait_for_phase(context, task.task_id, Phase.FAILED)
    assert lost.error_message == "The sandbox was restarted and lost this task. Nothing was charged."
    assert (lost.error_code, lost.may_have_cost, lost.due_at) == (ErrorCode.PROVIDER_FAILED, False, None)
    assert next_step(lost) == "Try again to start a new task."
    entries = context.stores.ledger.of_task(task.task_id)
    assert {entry.kind for entry in entries} == {EntryKind.ESTIMATED, EntryKind.RESERVED}
    assert sum(entry.credits for entry in entries if entry.kind is EntryKind.RESERVED) == 0


def test_a_provider_that_charges_keeps_its_rules(config: Config, open_test_context: Callable[..., AppContext]) -> None:
    """There, a record that is missing says nothing about money."""
    context = open_test_context(config, run_engine=False)
    task = accepted(context, image_request())
    spec = catalogue.get(task.model)
    missing = Report(TaskState.PROCESSING, is_missing=True)

    def polled(provider: ProviderName, age_s: float) -> object:
        asked = replace(task, provider=provider)
        return polling.apply_poll(asked, spec, missing, age_s=age_s, now=utc_now(), first_s=None).get("phase")

    assert polled(ProviderName.SANDBOX, AGE_S) is Phase.FAILED
    assert polled(ProviderName.SANDBOX, 1.0) is None  # a record may come a little later than the id
    assert polled(ProviderName.KIE, AGE_S) is None
