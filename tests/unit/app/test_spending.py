"""What counts as spending."""

from __future__ import annotations

from kaimedia.domain.spending import Sums


def test_what_is_left_by_binary_fractions_is_nothing() -> None:
    reserved = 0.1 + 0.2 - 0.3  # not by `sum`, which is exact here since Python 3.12
    assert reserved != 0.0 and Sums(reserved=reserved).is_empty
    assert not Sums(reserved=0.01).is_empty and not Sums(tasks=1).is_empty and Sums().is_empty
