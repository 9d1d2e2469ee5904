"""The balance against the ledger: what is explained, what was added, and what is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from kaimedia.domain.spending import BalanceStep
from kaimedia.studio.balance_check import BalanceCheck

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def check(*readings: tuple[float, float, float]) -> BalanceCheck:
    """Readings as (minutes after noon, balance, what the ledger added since the one before)."""
    steps = [
        BalanceStep(NOON + timedelta(minutes=since), NOON + timedelta(minutes=until), before, after, recorded)
        for (since, before, _), (until, after, recorded) in pairwise(readings)
    ]
    return BalanceCheck(tuple(steps))


def summary(found: BalanceCheck) -> tuple[float, float, float, float]:
    """Taken, recorded, topped up, unexplained."""
    return found.taken, found.recorded, found.topped_up, found.unexplained


def test_what_the_ledger_has_is_explained() -> None:
    found = check((0, 100, 0), (1, 94, 6), (90, 74, 20))
    assert summary(found) == (26, 26, 0, 0) and found.differences == ()


def test_what_another_program_took_is_not() -> None:
    found = check((0, 100, 0), (1, 94, 6), (90, 67, 20))
    assert summary(found) == (33, 26, 0, 7)
    (difference,) = found.differences
    assert (difference.since, difference.until) == (NOON + timedelta(minutes=1), NOON + timedelta(minutes=90))


def test_tasks_that_are_reserved_before_they_are_charged_cancel_out() -> None:
    found = check((0, 100, 0), (1, 94, 18), (2, 88, 0), (3, 82, 0), (60, 82, 0))
    assert summary(found) == (18, 18, 0, 0) and found.differences == ()


def test_a_refund_that_is_noted_later_is_no_top_up() -> None:
    found = check((0, 100, 0), (1, 94, 6), (5, 100, 0), (9, 94, 0))
    assert summary(found) == (6, 6, 0, 0)


def test_a_difference_that_stays_is_shown_even_if_the_opposite_follows_later() -> None:
    found = check((0, 100, 0), (40, 93, 6), (300, 93, 1))
    assert [each.unexplained for each in found.differences] == [1, -1]


def test_credits_that_were_added_are_a_top_up_also_while_tasks_run() -> None:
    found = check((0, 10, 0), (5, 1000, 10), (6, 990, 10))
    assert summary(found) == (20, 20, 1000, 0)
    spent_at_once = check((0, 100, 0), (5, 1100, 0), (6, 50, 1050))
    assert summary(spent_at_once) == (1050, 1050, 1000, 0)


def test_the_ledger_can_have_more_than_was_taken() -> None:
    assert summary(check((0, 100, 0), (60, 98, 6))) == (2, 6, 0, -4)


def test_steps_with_different_keys_are_not_taken_together() -> None:
    first, second = check((0, 100, 0), (1, 93, 6)).steps, check((2, 5000, 0), (3, 4995, 6)).steps
    found = BalanceCheck((*first, *second))
    assert [(each.before, each.after, each.unexplained) for each in found.differences] == [
        (100, 93, 1),
        (5000, 4995, -1),
    ]
