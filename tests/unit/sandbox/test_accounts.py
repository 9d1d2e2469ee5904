"""Charges and refunds, rate limits, request counts."""

from __future__ import annotations

import pytest

from kaimedia.errors import ConfigError
from kaimedia.sandbox.accounts import Accounts
from kaimedia.sandbox.counters import Counters
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.sandbox.protocol.limits import QueryLimits, Window
from kaimedia.sandbox.protocol.replies import Refused
from kaimedia.sandbox.task import Order, SandboxTask, State, TaskSnapshot

ORDER = Order("gpt4o", "gpt4o-image", "image", "p", ((1, 1),), 6.0, {})


def a_task(number: int = 0) -> SandboxTask:
    return SandboxTask(f"{number:032x}", ORDER, 0.0, 8.0, 0, "")


def test_a_failure_is_refunded_exactly_once() -> None:
    accounts = Accounts(10.0)
    task = a_task()
    accounts.accept(task)
    assert accounts.credits == 4
    with pytest.raises(Refused) as caught:
        accounts.check(4.5)
    assert caught.value.code == 402
    assert not accounts.settle(task, TaskSnapshot(State.RUNNING, 0.5, 0))
    assert accounts.settle(task, TaskSnapshot(State.FAILED, 1.0, 0, 5000))
    assert not accounts.settle(task, TaskSnapshot(State.FAILED, 1.0, 0, 5000))
    assert (accounts.credits, task.refunded, task.ended_at, accounts.open_tasks()) == (10.0, 6.0, 5.0, ())


def test_a_success_stays_charged_and_families_are_separate() -> None:
    accounts = Accounts(10.0)
    task = a_task()
    accounts.accept(task)
    accounts.settle(task, TaskSnapshot(State.SUCCESS, 1.0, 0, 5000))
    assert (accounts.credits, task.refunded) == (4.0, 0.0)
    assert accounts.find(task.task_id, "gpt4o") is accounts.find(task.task_id) is task
    assert accounts.find(task.task_id, "veo") is None


def test_a_window_slides() -> None:
    window = Window(2, 10.0)
    for now in (0.0, 1.0):
        assert not window.is_full(now)
        window.add(now)
    assert window.is_full(9.9)
    assert not window.is_full(10.0)
    window.add(10.0)
    assert window.is_full(10.5) and not window.is_full(11.0)
    assert not Window(None, 10.0).is_full(0.0)


def test_query_limits_are_separate_per_key() -> None:
    limits = QueryLimits()
    assert [limits.allows("a", 2, 0.0) for _ in range(3)] == [True, True, False]
    assert limits.allows("b", 2, 0.0) and limits.allows("a", 2, 1.0)


def test_the_counters_count_by_second() -> None:
    counters = Counters()
    assert [counters.count("polls", at) for at in (1.1, 1.9, 2.0)] == [0, 1, 2]
    snapshot = counters.snapshot()
    assert (snapshot["polls"], snapshot["polls_by_second"]) == (3, [[1, 2], [2, 1]])
    assert (snapshot["creates"], snapshot["creates_by_second"]) == (0, [])


@pytest.mark.parametrize("wrong", [{"speed": 0}, {"speed": float("nan")}, {"media": "big"}, {"faults": ("x",)}])
def test_wrong_options_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        SandboxOptions(**wrong)  # type: ignore[arg-type]


def test_options_do_not_show_keys() -> None:
    assert "geheim" not in repr(SandboxOptions(api_key="geheim", hmac_key="geheim"))
