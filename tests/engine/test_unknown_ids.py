"""An id that the provider has no record of, from an unsigned callback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, GenerationRequest, Phase, utc_now
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.conftest import image_request, video_request, wait_for, wait_for_phase
from tests.engine.test_task_lifecycle import sandbox_tasks

LOST = "x [fault:create_accepted_reset]"
REQUESTS = (
    image_request(LOST),
    video_request(LOST),
    video_request(LOST, model="runway", duration_s=5, params={"quality": "720p", "watermark": ""}),
    video_request(LOST, model="kling-2.5-turbo", duration_s=5),
)


@pytest.fixture
def context(
    config: Config, open_test_context: Callable[..., AppContext], monkeypatch: pytest.MonkeyPatch
) -> AppContext:
    """An app that waits only a moment for a record."""
    monkeypatch.setattr("kaimedia.providers.kie.client.MISSING_GRACE_S", 0.3)
    monkeypatch.setattr("kaimedia.jobs.polling.UNPROVEN_GRACE_S", 0.3)
    return open_test_context(replace(config, poll_s=0.05))


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda each: each.model)
def test_a_wrong_id_is_reported_and_the_right_one_taken(
    context: AppContext, sandbox: EmbeddedSandbox, request_: GenerationRequest
) -> None:
    """Runway answers an unknown id as if all were well, without a record; the others say that there is none."""
    task_id = context.studio.tasks.submit(request_).task_id
    wait_for_phase(context, task_id, Phase.FAILED)
    context.stores.task_updater.attach_provider_id("invented", utc_now(), task_id=task_id)
    wait_for_phase(context, task_id, Phase.WAITING, Phase.GENERATING)
    reported = wait_for_phase(context, task_id, Phase.FAILED)
    assert reported.error_code is ErrorCode.OUTCOME_UNKNOWN and "invented" in (reported.error_message or "")
    assert reported.may_have_cost and reported.due_at is not None
    context.studio.tasks.resolve(task_id, sandbox_tasks(sandbox)[0]["task_id"])
    done = wait_for_phase(context, task_id, Phase.DONE)
    assert not done.may_have_cost and len(sandbox_tasks(sandbox)) == 1


def test_an_accepted_task_without_a_record_is_waited_for(
    context: AppContext, sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider gave us its id: empty replies say nothing about it."""
    empty = 4
    task_id = context.studio.tasks.submit(replace(REQUESTS[2], prompt=f"x [fault:data_null={empty}]")).task_id
    phases = set()

    def is_done() -> bool:
        phases.add(context.studio.tasks.get(task_id).phase)
        return Phase.DONE in phases

    wait_for(is_done, "the result")
    assert Phase.FAILED not in phases
