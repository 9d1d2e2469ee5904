"""The total price of several tasks at one provider."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kaimedia.models.estimates import Estimate


@dataclass(frozen=True, slots=True)
class BatchPrice:
    """What tasks cost by the provider's price list, in its credits; `credits` leaves out the `unpriced` tasks.

    Where a price is known only as a range, `credits` has the highest, or the lowest if there is no highest
    (`is_open`), and `low_credits` the lowest; it is None where both are the same. `dearest_credits` is the highest
    price of a single task, None where none is known.
    """

    tasks: int
    credits: float
    unpriced: int
    low_credits: float | None = None
    is_open: bool = False
    dearest_credits: float | None = None

    @property
    def least_credits(self) -> float:
        """What is charged in any case."""
        return self.credits if self.low_credits is None else self.low_credits


def total(estimates: Iterable[Estimate]) -> BatchPrice:
    """The sum of these prices."""
    found = list(estimates)
    known = [(each.low or 0.0, each.reserved) for each in found if each.reserved is not None]
    highest: float = round(sum(reserved for _, reserved in known if reserved is not None), 4)
    lowest: float = round(sum(low for low, _ in known), 4)
    is_open = any(each.reserved is not None and each.high is None for each in found)
    low = None if lowest == highest else lowest
    dearest = max((reserved for _, reserved in known if reserved is not None), default=None)
    return BatchPrice(len(found), highest, len(found) - len(known), low, is_open, dearest)
