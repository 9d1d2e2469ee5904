"""Nothing is claimed to be sent while it is not known whether results can be saved, so nothing looks as if it were."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import NoteCode, Phase
from kaimedia.errors import StorageUnavailable
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.conftest import image_request, wait_for, wait_for_phase
from tests.engine.test_task_lifecycle import sandbox_tasks


def wait_for_rounds(context: AppContext, number: int) -> None:
    """Wait until the engine has run so many more rounds."""
    for _ in range(number):
        before = context.engine.heartbeat_at
        wait_for(lambda before=before: context.engine.heartbeat_at != before, "a round")


def test_a_stop_during_a_slow_check_makes_nothing_look_charged(
    config: Config,
    open_test_context: Callable[..., AppContext],
    sandbox: EmbeddedSandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context = open_test_context(config, run_engine=False)
    task = context.studio.tasks.submit(image_request())
    is_checking, may_end = threading.Event(), threading.Event()

    def check_slowly(max_age_s: float = 0.0) -> None:
        is_checking.set()
        may_end.wait(60)

    monkeypatch.setattr(context.storage, "check_ready", check_slowly)
    context.engine.start()
    assert is_checking.wait(60)
    wait_for_rounds(context, 3)
    assert context.studio.tasks.get(task.task_id).phase is Phase.QUEUED
    context.close()
    may_end.set()
    after = open_test_context(config)
    wait_for_phase(after, task.task_id, Phase.DONE)
    assert len(sandbox_tasks(sandbox)) == 1


def test_a_failed_check_is_noted_at_tasks_that_stay_queued(
    config: Config, open_test_context: Callable[..., AppContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = open_test_context(config, run_engine=False)
    task = context.studio.tasks.submit(image_request())
    claimed: list[object] = []
    claim_to_send = context.stores.task_claims.claim_to_send
    monkeypatch.setattr(
        context.stores.task_claims,
        "claim_to_send",
        lambda *args, **options: claimed.append(args) or claim_to_send(*args, **options),
    )

    def fail(max_age_s: float = 0.0) -> None:
        raise StorageUnavailable("The bucket does not respond.")

    with monkeypatch.context() as outage:
        outage.setattr(context.storage, "check_ready", fail)
        context.engine.start()
        noted = wait_for(
            lambda: found if (found := context.studio.tasks.get(task.task_id)).note_code else None, "a note"
        )
        assert noted.phase is Phase.QUEUED and noted.note_code is NoteCode.STORAGE_UNAVAILABLE and claimed == []
    wait_for_phase(context, task.task_id, Phase.DONE, timeout_s=60)
    assert len(claimed) >= 1
