"""When to poll again, when to give up."""

from __future__ import annotations

import pytest

from kaimedia.jobs import plan
from kaimedia.models import catalogue


@pytest.mark.parametrize("spec", catalogue.MODELS[:7], ids=lambda spec: spec.id)
def test_polls_start_at_the_first_interval_and_never_pass_the_longest(spec) -> None:  # type: ignore[no-untyped-def]
    first, longest = spec.poll_s
    waits = [plan.next_poll_delay_s(spec, age_s) for age_s in range(0, spec.deadline_s, 5)]
    assert waits[0] == first and max(waits) <= longest
    assert waits == sorted(waits)


def test_an_override_sets_the_first_interval() -> None:
    assert plan.next_poll_delay_s(catalogue.get("veo3"), 0, first_s=0.5) == 0.5


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 2), (2, 4), (3, 8), (7, 120), (100, 120), (10_000, 120)])
def test_back_off_doubles_up_to_two_minutes(attempts: int, seconds: float) -> None:
    assert plan.back_off_s(attempts) == seconds
