"""The account's limits, with a clock that tests advance."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaimedia.errors import RateLimited
from kaimedia.providers.http.pacing import Pacing


class Clock:
    """A clock that advances by sleeping."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_twenty_creates_in_ten_seconds() -> None:
    clock = Clock()
    pacing = Pacing(clock=clock, sleep=clock.sleep)
    for _ in range(20):
        pacing.create()
        clock.now += 0.1
    with pytest.raises(RateLimited, match="20 tasks") as caught:
        pacing.create()
    assert caught.value.retry_after_s == pytest.approx(8.0)
    clock.now += 7.9
    with pytest.raises(RateLimited):
        pacing.create()
    clock.now += 0.101
    pacing.create()
    assert clock.slept == []


@given(st.lists(st.floats(min_value=0, max_value=1), min_size=25, max_size=60))
def test_no_window_ever_holds_more_than_twenty(gaps: list[float]) -> None:
    clock = Clock()
    pacing = Pacing(clock=clock)
    sent: list[float] = []
    for gap in gaps:
        clock.now += gap
        try:
            pacing.create()
        except RateLimited:
            continue
        sent.append(clock.now)
    for start in sent:
        assert sum(start <= moment < start + 10 for moment in sent) <= 20


def test_ten_polls_a_second() -> None:
    clock = Clock()
    pacing = Pacing(clock=clock, sleep=clock.sleep)
    for number in range(31):
        pacing.poll(f"task {number}")
    assert clock.now == pytest.approx(103.0)


def test_three_polls_a_second_and_task() -> None:
    clock = Clock()
    pacing = Pacing(clock=clock, sleep=clock.sleep)
    for _ in range(4):
        pacing.poll("one")
    assert clock.now == pytest.approx(101.0)


def test_one_tasks_limit_does_not_delay_the_others() -> None:
    clock = Clock()
    waited: list[float] = []
    pacing = Pacing(clock=clock, sleep=waited.append)  # time stands still
    for _ in range(5):
        pacing.poll("one")
    pacing.poll("two")
    assert waited[-1] == pytest.approx(0.5)


def test_an_idle_account_waits_for_nothing() -> None:
    clock = Clock()
    pacing = Pacing(clock=clock, sleep=clock.sleep)
    for _ in range(3):
        pacing.poll(None)
        clock.now += 5
    assert clock.slept == []


def test_a_wait_that_is_too_long_is_refused() -> None:
    clock = Clock()
    pacing = Pacing(clock=clock, sleep=lambda _: None)
    for _ in range(11):
        pacing.poll(None)
    with pytest.raises(RateLimited) as caught:
        pacing.poll(None, max_wait_s=1.0)
    assert caught.value.retry_after_s == pytest.approx(1.1)
    pacing.poll(None, max_wait_s=1.2)  # the rejected turn is still free


def test_limits_turned_off() -> None:
    clock = Clock()
    pacing = Pacing(clock=clock, sleep=clock.sleep, is_on=False)
    for _ in range(100):
        pacing.create()
        pacing.poll("one")
    assert clock.slept == []


def test_tasks_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kaimedia.providers.http.pacing.MAX_TRACKED_TASKS", 8)
    clock = Clock()
    pacing = Pacing(clock=clock, sleep=clock.sleep)
    for number in range(100):
        pacing.poll(f"task {number}")
        clock.now += 1
        assert pacing.tracked_tasks <= 8


def test_threads_share_one_limit() -> None:
    clock = Clock()
    pacing = Pacing(clock=clock)
    accepted: list[bool] = []

    def send() -> None:
        for _ in range(20):
            try:
                pacing.create()
            except RateLimited:
                continue
            accepted.append(True)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(accepted) == 20
