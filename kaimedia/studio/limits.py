"""Spending limits: set, lifted, and how much of each is used."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kaimedia.domain import utc_now
from kaimedia.domain.limits import TOKEN_ID_DIGITS, LimitScope, LimitUse, SpendingLimit
from kaimedia.errors import InvalidRequest
from kaimedia.providers.registry import is_free
from kaimedia.store.ledger.limits import SpendingLimits

MOST = 1_000_000_000.0
_TOKEN_ID = re.compile(rf"[0-9a-f]{{{TOKEN_ID_DIGITS}}}")


@dataclass(frozen=True, slots=True)
class LimitWarning:
    """A limit that is nearly used up, or that a price exceeds: then the task would be refused."""

    use: LimitUse
    is_exceeded: bool
    is_of_many: bool = False  # the price is that of several tasks

    @property
    def text(self) -> str:
        """One sentence without a time."""
        limit, left = self.use.limit, self.use.limit.text(self.use.left)
        whose = " of this API token" if limit.token_id else ""
        name = {LimitScope.TASK: "Limit for one task", LimitScope.DAY: "Daily limit", LimitScope.MONTH: "Monthly limit"}
        what = f"{name[limit.scope]}{whose}: {limit.text(limit.amount)}"
        if limit.scope is LimitScope.TASK:
            return f"{what}. {'At least one of these tasks' if self.is_of_many else 'This'} costs more."
        return f"{what}, {left} left" + (
            f". {'They cost' if self.is_of_many else 'This costs'} more." if self.is_exceeded else "."
        )


class LimitService:
    """The spending limits of this installation. Every method may raise `StoreUnavailable`."""

    def __init__(self, limits: SpendingLimits, rate_of: Callable[[str], float | None]) -> None:
        self._limits = limits
        self._rate_of = rate_of  # US dollars for a credit of a provider

    def all(self) -> list[SpendingLimit]:
        """Every limit; those for everything first."""
        return self._limits.all()

    def uses(self, provider: str, *, now: datetime | None = None) -> list[LimitUse]:
        """Every limit and how much is used, in credits at this provider or in US dollars at all."""
        return self._limits.uses(provider, now or utc_now())

    def save(self, limits: Sequence[SpendingLimit]) -> None:
        """Make these the only limits; the tasks that run already are not affected.

        Raises:
            InvalidRequest: an amount or a token id is invalid, or two limits are for the same.
        """
        _check_all(limits)
        self._limits.replace(limits, utc_now())

    def change(self, limits: Sequence[SpendingLimit], *, lifting: Collection[tuple[LimitScope, str]] = ()) -> int:
        """Set these limits, lift others (each a scope and a token id), and keep the rest; returns how many it lifted.

        Raises:
            InvalidRequest: as `save`; then nothing is changed.
        """
        _check_all(limits)
        return self._limits.change(limits, utc_now(), lifting=lifting)

    def save_one(self, limit: SpendingLimit) -> None:
        """Set this limit and keep the others. Raises InvalidRequest."""
        self.change([limit])

    def lift(self, scope: LimitScope, token_id: str = "") -> bool:
        """Remove a limit and keep the others; False if there was none."""
        return self.change([], lifting=[(scope, token_id)]) > 0

    def warnings(
        self,
        prices: Mapping[str, float | None],
        *,
        dearest: Mapping[str, float | None] | None = None,
        token_id: str = "",
    ) -> list[LimitWarning]:
        """The limits that these prices, in credits by provider, would exceed or bring to 80 %.

        If they are totals of several tasks, `dearest` has the highest price of one of them, for the limit of a task.

        Prices where nothing is charged do not count. One that is not known counts as nothing here, but is refused
        when it is submitted.
        """
        charged = {provider: credits or 0.0 for provider, credits in prices.items() if not is_free(provider)}
        single = {provider: (prices if dearest is None else dearest).get(provider) or 0.0 for provider in charged}
        usd = sum(self._usd(provider, credits) for provider, credits in charged.items())
        found: list[LimitWarning] = []
        for provider, credits in charged.items():
            for use in self._limits.uses(provider, utc_now(), token_id=token_id):
                if use.limit.scope is LimitScope.TASK:
                    amount = single[provider]
                    amount = self._usd(provider, amount) if use.limit.credits is None else amount
                else:
                    amount = usd if use.limit.credits is None else credits
                warning = LimitWarning(use, not use.fits(amount), is_of_many=dearest is not None)
                if (warning.is_exceeded or use.is_near(amount)) and warning not in found:
                    found.append(warning)
        return found

    def _usd(self, provider: str, credits: float) -> float:
        return credits * (self._rate_of(provider) or 0.0)


def _check_all(limits: Sequence[SpendingLimit]) -> None:
    for index, limit in enumerate(limits):
        _check(limit, f"limits.{index}")
    if len({(limit.scope, limit.token_id) for limit in limits}) < len(limits):
        raise InvalidRequest("Each scope has one limit, and one for each API token.", field="limits")


def _check(limit: SpendingLimit, field: str) -> None:
    given = [amount for amount in (limit.credits, limit.usd) if amount is not None]
    if len(given) != 1:
        raise InvalidRequest("A limit is either in credits or in US dollars.", field=field)
    if not (math.isfinite(given[0]) and 0 <= given[0] <= MOST):
        raise InvalidRequest(f"A limit is from 0 to {MOST:,.0f}.", field=field)
    if limit.token_id and not _TOKEN_ID.fullmatch(limit.token_id):
        raise InvalidRequest(
            f"A token id is the first {TOKEN_ID_DIGITS} hexadecimal digits of the token's SHA-256.", field=field
        )
