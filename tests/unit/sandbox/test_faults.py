"""The syntax of switches, and when they are active."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaimedia.errors import ConfigError
from kaimedia.sandbox.faults.catalog import BY_NAME, FAULTS, Scope
from kaimedia.sandbox.faults.switches import FaultBoard, in_prompt, parse, parse_all


@pytest.mark.parametrize(
    ("spec", "amount", "chance"),
    [
        ("html502", 3, None),
        ("html502=5", 5, None),
        ("html502=always", None, None),
        ("html502:0.1", None, 0.1),
        ("html502=2:.5", 2, 0.5),
        ("slow:0.5", 900, 0.5),
        ("record_missing=1.5", 1.5, None),
        (" fail ", None, None),
    ],
)
def test_syntax(spec: str, amount: float | None, chance: float | None) -> None:
    switch = parse(spec)
    assert (switch.amount, switch.chance) == (amount, chance)
    assert parse(switch.spec) == switch


@pytest.mark.parametrize("spec", ["", "nothing", "html502=", "html502:2", "html502=x", "html502 fail", "HTML502"])
def test_wrong_syntax_is_refused(spec: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(spec)
    assert caught.value.setting == "faults"


def test_prompts_carry_switches_and_unknown_ones_are_ignored() -> None:
    prompt = "a [fault:html502=1, slow=60] boat [fault:nothing] [fault:fail:7] [fault:] [other:fail] [fault:fail]"
    assert [switch.spec for switch in in_prompt(prompt)] == ["html502=1", "slow=60", "fail=always"]


@given(st.text())
def test_any_prompt_can_be_parsed(prompt: str) -> None:
    in_prompt(prompt)
    in_prompt(f"[fault:{prompt}]")


def test_names_are_plain_and_unique() -> None:
    assert len(BY_NAME) == len(FAULTS)
    assert all(name.replace("_", "").isalnum() and name == name.lower() for name in BY_NAME)


def test_a_counted_fault_stops_after_its_times() -> None:
    board = FaultBoard(0, ("html502=2",))
    occurred = [bool(board.active(Scope.POLL, "k", nth=nth)) for nth in range(4)]
    assert occurred == [True, True, False, False]
    assert not board.active(Scope.CREATE, "k", nth=0)


def test_an_aged_fault_stops_with_time() -> None:
    board = FaultBoard(0, ("record_missing=5",))
    assert board.active(Scope.POLL, "k", nth=99, age_s=4.9)
    assert not board.active(Scope.POLL, "k", nth=0, age_s=5.0)


def test_extra_switches_take_precedence() -> None:
    board = FaultBoard(0, ("html502=9",))
    extra = parse_all(("html502=1",))
    assert board.active(Scope.POLL, "k", nth=0, extra=extra)
    assert not board.active(Scope.POLL, "k", nth=1, extra=extra)


def test_switches_are_sorted_like_the_list_of_faults() -> None:
    board = FaultBoard(0, ("empty", "html502"))
    assert list(board.active(Scope.POLL, "k", nth=0, extra=parse_all(("truncated",)))) == [
        "html502",
        "empty",
        "truncated",
    ]


def test_a_probability_is_met_and_reproducible() -> None:
    board = FaultBoard(3, ("html502:0.2", "fail:0.2"))
    polls = [bool(board.active(Scope.POLL, "k", nth=nth)) for nth in range(2000)]
    assert 300 < sum(polls) < 500
    tasks = [bool(board.chosen((Scope.OUTCOME,), f"k{number}")) for number in range(2000)]
    assert 300 < sum(tasks) < 500
    again = FaultBoard(3, ("html502:0.2", "fail:0.2"))
    assert polls == [bool(again.active(Scope.POLL, "k", nth=nth)) for nth in range(2000)]
    other = FaultBoard(4, ("html502:0.2",))
    assert polls != [bool(other.active(Scope.POLL, "k", nth=nth)) for nth in range(2000)]


def test_a_bounded_probability_is_rolled_once_per_task() -> None:
    board = FaultBoard(0, ("html502=3:0.5",))
    for number in range(50):
        occurred = [bool(board.active(Scope.POLL, f"k{number}", nth=nth)) for nth in range(5)]
        assert occurred in ([True] * 3 + [False] * 2, [False] * 5)


def test_a_wrong_replacement_changes_nothing() -> None:
    board = FaultBoard(0, ("fail",))
    with pytest.raises(ConfigError):
        board.replace(("html502", "nonsense"))
    assert [switch.fault.name for switch in board.switches] == ["fail"]
