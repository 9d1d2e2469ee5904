"""The simulation of a day keeps to the limits of an account and ends every task."""

from __future__ import annotations

from bench.fleet_plan import simulate
from kaimedia.providers.base import Limits


def test_every_task_is_saved_once_and_polled_at_least_once() -> None:
    day = simulate(400, Limits(creates=20, window_s=10.0, reads_per_s=10.0))
    assert day.saved == 400 and day.steps >= 3 * 400
    assert day.most_in_flight < 400


def test_polls_never_exceed_the_rate() -> None:
    day = simulate(400, Limits(creates=20, window_s=10.0, reads_per_s=0.02))
    quick = simulate(400, Limits(creates=20, window_s=10.0, reads_per_s=10.0))
    assert day.saved == 400 and day.done_to_saved_p95_s > 10 * quick.done_to_saved_p95_s
