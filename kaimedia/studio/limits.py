"""Spending limits: set, lifted, and how much of each is used."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kaimedia.domain import utc_now
from kaimedia.domain.api_token import TOKEN_ID_DIGITS
from kaimedia.domain.limits import LimitScope, LimitUse, SpendingLimit, by_limit
from kaimedia.errors import InvalidRequest
from kaimedia.providers.registry import is_free
from kaimedia.store.ledger.limits import SpendingLimits
from kaimedia.studio.totals import BatchPrice

MOST = 1_000_000_000.0
_TOKEN_ID = re.compile(rf"[0-9a-f]{{{TOKEN_ID_DIGITS}}}")


@dataclass(frozen=True, slots=True)
class LimitWarning:
    """A limit that is nearly used up, that a price exceeds, or that it cannot be compared with: its end is not known.

    In the last two cases the task would be refused.
    """

    use: LimitUse
    is_exceeded: bool
    is_of_many: bool = False  # the price is that of several tasks
    is_unknown: bool = False  # what it costs at most is not known

    @property
    def text(self) -> str:
        """One sentence without a time."""
        limit, left = self.use.limit, self.use.limit.text(self.use.left)
        whose = " of this API token" if limit.token_id else ""
        name = {LimitScope.TASK: "Limit for one task", LimitScope.DAY: "Daily limit", LimitScope.MONTH: "Monthly limit"}
        what = f"{name[limit.scope]}{whose}: {limit.text(limit.amount)}"
        if self.is_unknown:
            most = "What one of these tasks costs" if self.is_of_many else "What this costs"
            kept = "" if limit.scope is LimitScope.TASK else f", {left} left"
            return f"{what}{kept}. {most} at most is not known, so it would be refused."
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

    def uses(self, current: str, *, now: datetime | None = None) -> list[LimitUse]:
        """Every limit and how much is used; one in credits at each provider that charges: used this month, or current.

        Where nothing is charged, nothing is used.
        """
        moment = now or utc_now()
        charging = [name for name in sorted({*self._limits.providers(moment), str(current)}) if not is_free(name)]
        found = [use for name in charging or [""] for use in self._limits.uses(name, moment)]
        return list(dict.fromkeys(use for uses in by_limit(found) for use in uses))

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

    def warnings(self, prices: Mapping[str, BatchPrice], *, token_id: str = "") -> list[LimitWarning]:
        """The limits that these totals by provider would exceed, or bring to 80 %, or cannot be compared with.

        Prices where nothing is charged do not count.
        """
        charged = {provider: price for provider, price in prices.items() if not is_free(provider)}
        is_of_many = sum(price.tasks for price in charged.values()) > 1
        found: list[LimitWarning] = []
        for provider in charged:
            for use in self._limits.uses(provider, utc_now(), token_id=token_id):
                # Credits are counted at each provider by itself, dollars at all together.
                is_counted_alone = use.limit.credits is not None or use.limit.scope is LimitScope.TASK
                counted = {provider: charged[provider]} if is_counted_alone else charged
                amounts = [self._amount(use.limit, *item) for item in counted.items()]
                amount = sum(each or 0.0 for each in amounts)
                is_exceeded = not use.fits(amount)
                is_unknown = not is_exceeded and (
                    None in amounts or any(price.unpriced or price.is_open for price in counted.values())
                )
                warning = LimitWarning(use, is_exceeded, is_of_many, is_unknown)
                if (is_exceeded or is_unknown or use.is_near(amount)) and warning not in found:
                    found.append(warning)
        return found

    def _amount(self, limit: SpendingLimit, provider: str, price: BatchPrice) -> float | None:
        """What is compared with a limit, in its unit; None if it cannot be converted. Unknown prices count as 0."""
        credits = (price.dearest_credits or 0.0) if limit.scope is LimitScope.TASK else price.credits
        if limit.credits is not None:
            return credits
        rate = self._rate_of(provider)
        return None if rate is None else credits * rate


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
