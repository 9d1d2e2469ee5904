"""A provider's balance against the ledger: what was added to the account, and what nothing here explains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kaimedia.domain.spending import BalanceStep

SMALLEST = 0.01  # credits; less comes from floating-point arithmetic
SETTLING = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class BalanceDifference:
    """A time in which the balance moved otherwise than the ledger says, in credits."""

    since: datetime
    until: datetime
    before: float
    after: float
    recorded: float
    topped_up: float
    unexplained: float


@dataclass(frozen=True, slots=True)
class BalanceCheck:
    """How the provider's balance moved in a period, against what the ledger has for the same time."""

    steps: tuple[BalanceStep, ...]

    @property
    def differences(self) -> tuple[BalanceDifference, ...]:
        """The times with a difference, the oldest first."""
        return tuple(_differences(self.steps))

    @property
    def topped_up(self) -> float:
        """Credits added to the account."""
        return sum(each.topped_up for each in self.differences)

    @property
    def recorded(self) -> float:
        """Credits that the ledger added: spent and reserved."""
        return sum(step.recorded for step in self.steps)

    @property
    def taken(self) -> float:
        """Credits that left the account."""
        return self.recorded + self.unexplained

    @property
    def unexplained(self) -> float:
        """Credits taken beyond what the ledger has; negative where it has more."""
        return sum(each.unexplained for each in self.differences)


def _differences(steps: Sequence[BalanceStep]) -> Iterator[BalanceDifference]:
    """Steps that follow each other are taken together until they agree with the ledger, for 30 minutes at most.

    A task is reserved before the provider charges it, and a refund is noted only with the next poll: for such a time,
    the balance and the ledger differ, and then agree again.
    """
    group: list[BalanceStep] = []
    for step in steps:
        if not group and abs(step.net) < SMALLEST:
            continue
        if group and (step.since - group[0].since > SETTLING or step.since != group[-1].until):
            yield _together(group)
            group = []
        group.append(step)
        if abs(sum(each.net for each in group)) < SMALLEST:
            group = []
    if group:
        yield _together(group)


def _together(group: Sequence[BalanceStep]) -> BalanceDifference:
    net = sum(each.net for each in group)
    topped_up = min(max(0.0, -net), sum(each.risen for each in group))
    return BalanceDifference(
        since=group[0].since,
        until=group[-1].until,
        before=group[0].before,
        after=group[-1].after,
        recorded=sum(each.recorded for each in group),
        topped_up=topped_up,
        unexplained=net + topped_up,
    )
