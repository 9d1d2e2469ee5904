"""The wall clock changes, while running and across a restart: no task is lost, stuck or ended by it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext, open_context
from kaimedia.domain import ErrorCode, Phase, ProviderName, TaskChange, utc_now
from kaimedia.jobs import plan
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.conftest import FAST, image_request, wait_for, wait_for_phase
from tests.engine.test_task_lifecycle import sandbox_tasks

HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)
REST = [sign * jump for jump in (HOUR, YEAR) for sign in (1, -1)]
JUMPS = [DAY, -DAY, *(pytest.param(jump, marks=pytest.mark.exhaustive) for jump in REST)]
AHEAD = [DAY, *(pytest.param(jump, marks=pytest.mark.exhaustive) for jump in (HOUR, YEAR))]
MINUTES = [pytest.param(timedelta(minutes=by), marks=pytest.mark.exhaustive) for by in (10, -10)]


class Clock:
    """The real time plus an offset."""

    def __init__(self, off: timedelta = timedelta()) -> None:
        self.off = off

    def __call__(self) -> datetime:
        return utc_now() + self.off


@contextmanager
def opened(config: Config, clock: Clock, *, run_engine: bool = True) -> Iterator[AppContext]:
    context = open_context(config, limits=FAST, run_engine=run_engine, now=clock)
    try:
        yield context
    finally:
        context.close()


def in_flight(context: AppContext, task_id: str) -> None:
    wait_for_phase(context, task_id, Phase.WAITING, Phase.GENERATING)


@pytest.mark.parametrize("jump", [*JUMPS, *MINUTES], ids=str)
def test_a_clock_change_while_in_flight(config: Config, sandbox: EmbeddedSandbox, jump: timedelta) -> None:
    clock = Clock()
    with opened(config, clock) as context:
        task = context.studio.tasks.submit(image_request("a boat [fault:slow=60]"))
        in_flight(context, task.task_id)
        clock.off = jump
        done = wait_for_phase(context, task.task_id, Phase.DONE, Phase.FAILED)
        assert done.phase is Phase.DONE, done
        assert len(sandbox_tasks(sandbox)) == 1


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_wrong_clock_while_sending_that_is_then_corrected(
    config: Config, sandbox: EmbeddedSandbox, jump: timedelta
) -> None:
    clock = Clock()
    with opened(config, clock) as context:
        client = context.providers.client(ProviderName.SANDBOX)
        submit, is_sending, go_on = client.submit, threading.Event(), threading.Event()

        def slow(*args: object) -> str:
            is_sending.set()
            go_on.wait(20)
            return submit(*args)  # type: ignore[arg-type]

        object.__setattr__(client, "submit", slow)
        task = context.studio.tasks.submit(image_request("a boat [fault:slow=40]"))
        assert is_sending.wait(20)
        clock.off = jump
        wait_for(
            lambda: context.engine.heartbeat_at and abs(context.engine.heartbeat_at - clock()) < timedelta(seconds=5),
            "a round",
        )
        go_on.set()
        in_flight(context, task.task_id)
        clock.off = timedelta()
        assert wait_for_phase(context, task.task_id, Phase.DONE, Phase.FAILED).phase is Phase.DONE
        assert len(sandbox_tasks(sandbox)) == 1


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_wrong_clock_until_a_restart(config: Config, sandbox: EmbeddedSandbox, jump: timedelta) -> None:
    with opened(config, Clock(jump)) as first:
        tasks = [first.studio.tasks.submit(image_request(f"boat {n} [fault:slow=60]")) for n in range(3)]
        wait_for(lambda: len(sandbox_tasks(sandbox)) == 3, "three accepted tasks")
        for task in tasks:
            in_flight(first, task.task_id)
    with opened(config, Clock()) as second:
        for task in tasks:
            assert wait_for_phase(second, task.task_id, Phase.DONE, Phase.FAILED).phase is Phase.DONE
    assert len(sandbox_tasks(sandbox)) == 3


@pytest.mark.parametrize("jump", [DAY, pytest.param(YEAR, marks=pytest.mark.exhaustive)], ids=str)
def test_a_wrong_clock_after_a_restart(config: Config, sandbox: EmbeddedSandbox, jump: timedelta) -> None:
    with opened(config, Clock()) as first:
        task = first.studio.tasks.submit(image_request("a boat [fault:slow=60]"))
        in_flight(first, task.task_id)
    with opened(config, Clock(jump)) as second:
        assert wait_for_phase(second, task.task_id, Phase.DONE, Phase.FAILED).phase is Phase.DONE
    assert len(sandbox_tasks(sandbox)) == 1


@pytest.mark.parametrize("ahead", AHEAD, ids=str)
def test_a_due_time_far_ahead_counts_as_due(config: Config, ahead: timedelta) -> None:
    """Queued, in flight, and leased by a process of another machine that no longer runs."""
    with opened(config, Clock(), run_engine=False) as context:
        queued, flying, held = (context.studio.tasks.submit(image_request(f"boat {n}")) for n in range(3))
        stores = context.stores
        context.engine.start()
        for task in (queued, flying, held):
            wait_for_phase(context, task.task_id, Phase.DONE)
        late = utc_now() + ahead
        for task in (flying, held):
            stores.task_updater.change(
                TaskChange(task.task_id, frozenset(Phase), {"phase": Phase.SAVING, "due_at": late}), utc_now()
            )
        assert (
            stores.task_claims.claim("elsewhere:1:x", utc_now(), ahead.total_seconds(), [Phase.SAVING], 1) is not None
        )
        for task in (flying, held):
            wait_for_phase(context, task.task_id, Phase.DONE)


def test_a_send_leased_far_ahead_is_given_up_after_a_while(config: Config, sandbox: EmbeddedSandbox) -> None:
    """Its process may be alive: the lease is shortened, not ended, and only then is the outcome unknown."""
    with opened(config, Clock(), run_engine=False) as context:
        task = context.studio.tasks.submit(image_request())
        stores = context.stores
        stores.task_claims.claim_to_send(
            "elsewhere:1:x", utc_now(), YEAR.total_seconds(), 5, provider=ProviderName.SANDBOX
        )
        assert stores.task_claims.lost_sends(utc_now()) == []
        stores.task_schedule.clamp_future_times(utc_now(), left_s=10)
        assert stores.task_claims.lost_sends(utc_now()) == []
        assert [lost.task_id for lost in stores.task_claims.lost_sends(utc_now() + timedelta(seconds=11))] == [
            task.task_id
        ]
    assert sandbox_tasks(sandbox) == []


def end_as_late(context: AppContext, task_id: str) -> None:
    """Write what a wrong clock past the deadline writes."""
    later = utc_now() + timedelta(seconds=plan.SLOW_POLL_S)
    ended = {"phase": Phase.FAILED, "error_code": ErrorCode.EXPIRED, "error_message": "late", "due_at": later}
    context.stores.task_updater.change(TaskChange(task_id, frozenset(Phase), ended | {"attempts": 0}), utc_now())


def test_a_task_ended_by_a_wrong_clock_resumes(config: Config, sandbox: EmbeddedSandbox) -> None:
    """Marked as expired by mistake, it is polled as soon as the clock changes and is no longer a failure."""
    clock = Clock()
    with opened(config, clock) as context:
        task = context.studio.tasks.submit(image_request("a boat [fault:slow=300]"))
        in_flight(context, task.task_id)
        end_as_late(context, task.task_id)
        clock.off = -HOUR
        again = wait_for_phase(context, task.task_id, Phase.GENERATING)
        assert again.error_code is None
        clock.off = timedelta()
        assert wait_for_phase(context, task.task_id, Phase.DONE, Phase.FAILED, timeout_s=60).phase is Phase.DONE


def test_a_task_ended_by_a_wrong_clock_resumes_after_a_restart(config: Config, sandbox: EmbeddedSandbox) -> None:
    """Its age has not been measured then; the times in its row show that it is not late."""
    with opened(config, Clock()) as context:
        task = context.studio.tasks.submit(image_request("a boat [fault:slow=480]"))
        in_flight(context, task.task_id)
    with opened(config, Clock(), run_engine=False) as context:
        end_as_late(context, task.task_id)
    clock = Clock()
    with opened(config, clock) as context:
        clock.off = timedelta(minutes=5)
        again = wait_for_phase(context, task.task_id, Phase.GENERATING)
        assert again.error_code is None
        assert wait_for_phase(context, task.task_id, Phase.DONE, Phase.FAILED, timeout_s=60).phase is Phase.DONE


def test_we_poll_for_a_day_by_count(config: Config, open_test_context: Callable[..., AppContext]) -> None:
    """Polls are counted, so that the day holds with any clock; after the last one there are no more."""
    first = open_test_context(config)
    task = first.studio.tasks.submit(image_request("a boat [fault:stuck]"))
    in_flight(first, task.task_id)
    first.close()
    context = open_test_context(config)  # this one has not measured the task's age
    fields = {"phase": Phase.FAILED, "error_code": ErrorCode.EXPIRED, "error_message": "late", "due_at": utc_now()}
    old = {"accepted_at": utc_now() - 3 * DAY}
    for attempts, continues in ((0, True), (plan.SLOW_POLLS - 2, True), (plan.SLOW_POLLS - 1, False)):
        change = TaskChange(task.task_id, frozenset(Phase), fields | old | {"attempts": attempts, "due_at": utc_now()})
        context.stores.task_updater.change(change, utc_now())
        context.engine.wake()
        wait_for(lambda was=attempts: context.studio.tasks.get(task.task_id).attempts == was + 1, "a poll")
        assert (context.studio.tasks.get(task.task_id).due_at is not None) is continues
