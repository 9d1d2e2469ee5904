"""What is known about a task whose reply was lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kaimedia.domain.ledger import Balance


class Verdict(StrEnum):
    """What the balances say about whether a task of unknown outcome was charged."""

    LIKELY_CHARGED = "likely_charged"  # the balance fell by its price, and nothing else explains that
    LIKELY_NOT_CHARGED = "likely_not_charged"  # the balance did not change, or other tasks explain all of it
    UNCLEAR = "unclear"  # another amount, a top-up, an unknown price, or another task of unknown outcome or cost
    NO_BALANCE = "no_balance"  # no reading before or after


@dataclass(frozen=True, slots=True)
class OutcomeEvidence:
    """The window of time in which a task was sent, and the balances around it.

    `others_credits` is what other tasks that were sent between the two readings cost, `others_unknown` how many of
    those have an unknown outcome, or no known cost. `price_credits` is the task's own list price. Without `is_clear`,
    another task was being sent at the time of a reading, so that it may or may not include that one.
    """

    sent_from: datetime | None
    sent_until: datetime | None
    before: Balance | None
    after: Balance | None
    others_credits: float
    others_unknown: int
    price_credits: float | None
    is_clear: bool = True

    @property
    def fell_by(self) -> float | None:
        """By how much the balance fell between the readings; negative if it rose."""
        if self.before is None or self.after is None:
            return None
        return round(self.before.credits - self.after.credits, 4)

    @property
    def verdict(self) -> Verdict:
        """What the balances say; a hint, not a proof."""
        fell_by = self.fell_by
        if fell_by is None:
            return Verdict.NO_BALANCE
        if not self.price_credits or self.others_unknown or not self.is_clear:
            return Verdict.UNCLEAR
        unexplained = fell_by - self.others_credits
        tolerance = max(0.05 * self.price_credits, 0.01)
        if abs(unexplained - self.price_credits) <= tolerance:
            return Verdict.LIKELY_CHARGED
        return Verdict.LIKELY_NOT_CHARGED if abs(unexplained) <= tolerance else Verdict.UNCLEAR
