"""The wall clock set ahead or back, while running and across a restart: nothing is lost, stuck, or ended by it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from kaimedia.bootstrap import House, open_house
from kaimedia.config import Config
from kaimedia.domain import ErrorCode, Phase, ProviderKind, TaskChange, utc_now
from kaimedia.jobs import plan
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.conftest import FAST, image_request, wait_for, wait_for_phase
from tests.engine.test_life import ledger

HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)
JUMPS = [sign * jump for jump in (HOUR, DAY, YEAR) for sign in (1, -1)]


class Clock:
    """The right time, and what somebody set it to."""

    def __init__(self, off: timedelta = timedelta()) -> None:
        self.off = off

    def __call__(self) -> datetime:
        return utc_now() + self.off


@contextmanager
def opened(config: Config, clock: Clock, *, run_engine: bool = True) -> Iterator[House]:
    house = open_house(config, limits=FAST, run_engine=run_engine, now=clock)
    try:
        yield house
    finally:
        house.close()


def in_flight(house: House, task_id: str) -> None:
    wait_for_phase(house, task_id, Phase.WAITING, Phase.GENERATING)


@pytest.mark.parametrize("jump", [*JUMPS, timedelta(minutes=10), timedelta(minutes=-10)], ids=str)
def test_set_while_in_flight(config: Config, sandbox: EmbeddedSandbox, jump: timedelta) -> None:
    clock = Clock()
    with opened(config, clock) as house:
        task = house.studio.submit(image_request("a boat [fault:slow=60]"))
        in_flight(house, task.task_id)
        clock.off = jump
        done = wait_for_phase(house, task.task_id, Phase.DONE, Phase.FAILED)
        assert done.phase is Phase.DONE, done
        assert len(ledger(sandbox)) == 1


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_wrong_while_sending_and_then_set_right(config: Config, sandbox: EmbeddedSandbox, jump: timedelta) -> None:
    clock = Clock()
    with opened(config, clock) as house:
        client = house.providers.client(ProviderKind.SANDBOX)
        submit, is_sending, go_on = client.submit, threading.Event(), threading.Event()

        def slow(*args: object) -> str:
            is_sending.set()
            go_on.wait(20)
            return submit(*args)  # type: ignore[arg-type]

        object.__setattr__(client, "submit", slow)
        task = house.studio.submit(image_request("a boat [fault:slow=40]"))
        assert is_sending.wait(20)
        clock.off = jump
        wait_for(lambda: house.engine.beat_at and abs(house.engine.beat_at - clock()) < timedelta(seconds=5), "a round")
        go_on.set()
        in_flight(house, task.task_id)
        clock.off = timedelta()
        assert wait_for_phase(house, task.task_id, Phase.DONE, Phase.FAILED).phase is Phase.DONE
        assert len(ledger(sandbox)) == 1


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_wrong_until_a_restart(config: Config, sandbox: EmbeddedSandbox, jump: timedelta) -> None:
    with opened(config, Clock(jump)) as first:
        tasks = [first.studio.submit(image_request(f"boat {n} [fault:slow=60]")) for n in range(3)]
        wait_for(lambda: len(ledger(sandbox)) == 3, "three accepted tasks")
        for task in tasks:
            in_flight(first, task.task_id)
    with opened(config, Clock()) as second:
        for task in tasks:
            assert wait_for_phase(second, task.task_id, Phase.DONE, Phase.FAILED).phase is Phase.DONE
    assert len(ledger(sandbox)) == 3


@pytest.mark.parametrize("jump", [DAY, YEAR], ids=str)
def test_wrong_from_a_restart_on(config: Config, sandbox: EmbeddedSandbox, jump: timedelta) -> None:
    with opened(config, Clock()) as first:
        task = first.studio.submit(image_request("a boat [fault:slow=60]"))
        in_flight(first, task.task_id)
    with opened(config, Clock(jump)) as second:
        assert wait_for_phase(second, task.task_id, Phase.DONE, Phase.FAILED).phase is Phase.DONE
    assert len(ledger(sandbox)) == 1


@pytest.mark.parametrize("ahead", [HOUR, DAY, YEAR], ids=str)
def test_a_due_time_far_ahead_is_a_due_time(config: Config, ahead: timedelta) -> None:
    """Queued, in flight, and held by somebody of another machine who is gone."""
    with opened(config, Clock(), run_engine=False) as house:
        queued, flying, held = (house.studio.submit(image_request(f"boat {n}")) for n in range(3))
        tasks = house.parts.tasks
        house.engine.start()
        for task in (queued, flying, held):
            wait_for_phase(house, task.task_id, Phase.DONE)
        late = utc_now() + ahead
        for task in (flying, held):
            tasks.change(TaskChange(task.task_id, frozenset(Phase), {"phase": Phase.SAVING, "due_at": late}), utc_now())
        assert tasks.claim("elsewhere:1:x", utc_now(), ahead.total_seconds(), [Phase.SAVING], 1) is not None
        for task in (flying, held):
            wait_for_phase(house, task.task_id, Phase.DONE)


def test_a_send_held_far_ahead_is_waited_for_then_given_up(config: Config, sandbox: EmbeddedSandbox) -> None:
    """Its process may live: the lease is cut short, not off, and only then is the outcome called unknown."""
    with opened(config, Clock(), run_engine=False) as house:
        task = house.studio.submit(image_request())
        tasks = house.parts.tasks
        tasks.claim_to_send("elsewhere:1:x", utc_now(), YEAR.total_seconds(), 5, provider=ProviderKind.SANDBOX)
        assert tasks.lost_sends(utc_now()) == []
        tasks.bring_near(utc_now(), left_s=10)
        assert tasks.lost_sends(utc_now()) == []
        assert [lost.task_id for lost in tasks.lost_sends(utc_now() + timedelta(seconds=11))] == [task.task_id]
    assert ledger(sandbox) == []


def end_as_late(house: House, task_id: str) -> None:
    """What a deadline passed by a wrong clock writes."""
    later = utc_now() + timedelta(seconds=plan.SLOW_LOOK_S)
    ended = {"phase": Phase.FAILED, "error_code": ErrorCode.EXPIRED, "error_message": "late", "due_at": later}
    house.parts.tasks.change(TaskChange(task_id, frozenset(Phase), ended | {"attempts": 0}), utc_now())


def test_what_a_wrong_clock_ended_goes_on(config: Config, sandbox: EmbeddedSandbox) -> None:
    """Called late by mistake, it is polled as soon as the clock is set, right or wrong, and is no failure any more."""
    clock = Clock()
    with opened(config, clock) as house:
        task = house.studio.submit(image_request("a boat [fault:slow=480]"))
        in_flight(house, task.task_id)
        end_as_late(house, task.task_id)
        clock.off = -HOUR
        again = wait_for_phase(house, task.task_id, Phase.GENERATING)
        assert again.error_code is None
        clock.off = timedelta()
        assert wait_for_phase(house, task.task_id, Phase.DONE, Phase.FAILED, timeout_s=60).phase is Phase.DONE


def test_what_a_wrong_clock_ended_goes_on_after_a_restart(config: Config, sandbox: EmbeddedSandbox) -> None:
    """Nobody has measured its age then; the row's own times say that it is not late."""
    with opened(config, Clock()) as house:
        task = house.studio.submit(image_request("a boat [fault:slow=480]"))
        in_flight(house, task.task_id)
    with opened(config, Clock(), run_engine=False) as house:
        end_as_late(house, task.task_id)
    clock = Clock()
    with opened(config, clock) as house:
        clock.off = timedelta(minutes=5)
        again = wait_for_phase(house, task.task_id, Phase.GENERATING)
        assert again.error_code is None
        assert wait_for_phase(house, task.task_id, Phase.DONE, Phase.FAILED, timeout_s=60).phase is Phase.DONE


def test_we_look_for_a_day_by_count(config: Config, open_test_house: Callable[..., House]) -> None:
    """What the page promises holds under any clock: looks are counted, and the last one is the last."""
    first = open_test_house(config)
    task = first.studio.submit(image_request("a boat [fault:stuck]"))
    in_flight(first, task.task_id)
    first.close()
    house = open_test_house(config)  # one that has not measured the task's age itself
    fields = {"phase": Phase.FAILED, "error_code": ErrorCode.EXPIRED, "error_message": "late", "due_at": utc_now()}
    old = {"accepted_at": utc_now() - 3 * DAY}
    for attempts, goes_on in ((0, True), (plan.SLOW_LOOKS - 2, True), (plan.SLOW_LOOKS - 1, False)):
        change = TaskChange(task.task_id, frozenset(Phase), fields | old | {"attempts": attempts, "due_at": utc_now()})
        house.parts.tasks.change(change, utc_now())
        house.engine.wake()
        wait_for(lambda was=attempts: house.studio.task(task.task_id).attempts == was + 1, "a look")
        assert (house.studio.task(task.task_id).due_at is not None) is goes_on
