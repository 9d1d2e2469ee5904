"""Resource use over time: a steady rise is detected; noise and single peaks are not."""

from __future__ import annotations

import random

import pytest

from bench.trend import LIMITS_PER_MIN, Sample, slope_per_min, trends


def samples(rise_per_min: float, *, peak: float = 0.0, noise: float = 0.0) -> list[Sample]:
    dice = random.Random(1)
    made = []
    for number in range(120):
        at_s = number * 5.0
        value = 100 + rise_per_min * at_s / 60 + dice.uniform(-noise, noise) + (peak if number % 40 == 39 else 0)
        made.append(Sample(at_s, dict.fromkeys(LIMITS_PER_MIN, value)))
    return made


def test_the_slope_is_per_minute() -> None:
    assert slope_per_min([(0, 10), (30, 11), (60, 12), (90, 13)]) == pytest.approx(2.0)


@pytest.mark.parametrize("noise", [0.0, 5.0])
@pytest.mark.parametrize(("rise", "is_flat"), [(0.0, True), (-3.0, True), (3.0, False)])
def test_a_steady_rise_is_not_flat(rise: float, noise: float, is_flat: bool) -> None:
    assert {each.is_flat for each in trends(samples(rise, noise=noise), 180)} == {is_flat}


def test_single_peaks_do_not_count_as_a_rise() -> None:
    (found, *_) = trends(samples(0.0, peak=200.0), 180)
    assert found.is_flat and found.most == pytest.approx(300.0)


def test_the_warm_up_is_left_out() -> None:
    early = [Sample(at_s, dict.fromkeys(LIMITS_PER_MIN, at_s)) for at_s in (0.0, 50.0, 100.0)]
    late = [Sample(at_s, dict.fromkeys(LIMITS_PER_MIN, 100.0)) for at_s in (200.0, 300.0, 400.0)]
    (found, *_) = trends([*early, *late], 180)
    assert (found.start, found.median, found.slope) == (0.0, 100.0, 0.0)
    with pytest.raises(ValueError, match="too short"):
        trends(early, 180)
