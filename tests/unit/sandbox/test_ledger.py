"""Money, limits, counts."""

from __future__ import annotations

import pytest

from kaimedia.errors import ConfigError
from kaimedia.sandbox.ledger import Ledger
from kaimedia.sandbox.limits import QueryLimits, Window
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.sandbox.tally import Tally
from kaimedia.sandbox.task import Moment, Order, SandboxTask, State
from kaimedia.sandbox.wire import Refused

ORDER = Order("gpt4o", "gpt4o-image", "image", "p", ((1, 1),), 6.0, {})


def a_task(number: int = 0) -> SandboxTask:
    return SandboxTask(f"{number:032x}", ORDER, 0.0, 8.0, 0, "")


def test_a_failure_gives_back_exactly_once() -> None:
    ledger = Ledger(10.0)
    task = a_task()
    ledger.accept(task)
    assert ledger.credits == 4
    with pytest.raises(Refused) as caught:
        ledger.check(4.5)
    assert caught.value.code == 402
    assert not ledger.settle(task, Moment(State.RUNNING, 0.5, 0))
    assert ledger.settle(task, Moment(State.FAILED, 1.0, 0, 5000))
    assert not ledger.settle(task, Moment(State.FAILED, 1.0, 0, 5000))
    assert (ledger.credits, task.refunded, task.ended_at, ledger.open_tasks()) == (10.0, 6.0, 5.0, ())


def test_a_success_keeps_its_price_and_families_are_apart() -> None:
    ledger = Ledger(10.0)
    task = a_task()
    ledger.accept(task)
    ledger.settle(task, Moment(State.SUCCESS, 1.0, 0, 5000))
    assert (ledger.credits, task.refunded) == (4.0, 0.0)
    assert ledger.find(task.task_id, "gpt4o") is ledger.find(task.task_id) is task
    assert ledger.find(task.task_id, "veo") is None


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


def test_query_limits_are_kept_apart_by_key() -> None:
    limits = QueryLimits()
    assert [limits.takes("a", 2, 0.0) for _ in range(3)] == [True, True, False]
    assert limits.takes("b", 2, 0.0) and limits.takes("a", 2, 1.0)


def test_the_tally_counts_by_second() -> None:
    tally = Tally()
    assert [tally.count("polls", at) for at in (1.1, 1.9, 2.0)] == [0, 1, 2]
    snapshot = tally.snapshot()
    assert (snapshot["polls"], snapshot["polls_by_second"]) == (3, [[1, 2], [2, 1]])
    assert (snapshot["creates"], snapshot["creates_by_second"]) == (0, [])


@pytest.mark.parametrize("wrong", [{"speed": 0}, {"speed": float("nan")}, {"media": "big"}, {"faults": ("x",)}])
def test_wrong_options_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        SandboxOptions(**wrong)  # type: ignore[arg-type]


def test_options_do_not_show_keys() -> None:
    assert "geheim" not in repr(SandboxOptions(api_key="geheim", hmac_key="geheim"))
