"""Layout shifts are counted by session windows and attributed to the nodes that moved."""

from __future__ import annotations

import pytest

from bench.layout_shift import Moved, Shift, causes, score, worst_window

SMALL = Moved("p", (0, 0, 10, 10), (0, 4, 10, 10))
FAR = Moved("p", (0, 0, 10, 10), (0, 90, 10, 10))
OTHER = Moved(".st-key-results_column div", (0, 0, 10, 10), (0, 0, 10, 60))


@pytest.mark.parametrize(
    ("moments_ms", "worst"),
    [
        ([], 0.0),
        ([100], 0.1),
        ([100, 1099], 0.2),
        ([100, 1100], 0.1),  # a second without a shift ends a window
        ([0, 900, 1800, 2700, 3600, 4500, 4999], 0.7),
        ([0, 900, 1800, 2700, 3600, 4500, 5000], 0.6),  # so do five seconds
        ([0, 5000, 5100, 5200], 0.3),
    ],
)
def test_the_worst_window_counts(moments_ms: list[float], worst: float) -> None:
    assert score(worst_window([Shift(at, 0.1) for at in moments_ms])) == pytest.approx(worst)


def test_causes_are_nodes_by_score_each_with_its_longest_way() -> None:
    shifts = [Shift(0, 0.1, (SMALL, OTHER)), Shift(10, 0.2, (FAR,))]
    (first, second) = causes(shifts)
    assert (round(first[0], 3), first[1]) == (0.3, FAR)
    assert (round(second[0], 3), second[1]) == (0.1, OTHER)
