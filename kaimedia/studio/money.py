"""Credits as money, and when a person is asked before they are spent."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kaimedia.domain import ConfirmUnit, MoneySettings
from kaimedia.errors import InvalidRequest
from kaimedia.jobs.providers import has_saved_key
from kaimedia.models import catalogue
from kaimedia.models.estimates import Estimate
from kaimedia.providers.registry import is_free
from kaimedia.store.money_settings import SAVABLE, MoneySettingsStore
from kaimedia.studio.totals import BatchPrice

_CURRENCY = re.compile(r"[A-Z]{3}")
_RATES = {"usd_per_credit": 1.0, "currency_per_usd": 10_000_000.0}  # each more than 0, up to this
MOST_CREDITS = 1_000_000_000.0


class MoneyService:
    """The settings of money, and what follows from them."""

    def __init__(self, store: MoneySettingsStore) -> None:
        self._store = store

    def get(self) -> MoneySettings:
        """The settings as saved."""
        return self._store.get()

    def save(self, **fields: Any) -> MoneySettings:
        """Save these; the others stay. Raises InvalidRequest naming the field that is wrong."""
        if unknown := set(fields) - SAVABLE:
            raise ValueError(f"not a setting: {', '.join(sorted(unknown))}")
        wanted = replace(self._store.get(), **fields)
        _check(wanted)
        return self._store.save(wanted, fields.keys())

    def rate_of(self, provider: str) -> float | None:
        """US dollars for one credit of a provider; None where it names no rate."""
        return _rate(self._store.get(), provider)

    def text(self, credits: float, provider: str) -> str:
        """Credits of a provider as money, for people; "" where it names no rate."""
        settings = self._store.get()
        rate = _rate(settings, provider)
        return "" if rate is None else settings.text(credits, rate)

    def range_text(self, estimate: Estimate, provider: str) -> str:
        """A price as money: "$0.12", "$0.38–$1.43", "at least $3.16", "up to $8.10"; "" if none is known."""
        settings = self._store.get()
        rate = _rate(settings, provider)
        if rate is None:
            return ""
        low, high = (None if end is None else settings.text(end, rate) for end in (estimate.low, estimate.high))
        if low and high:
            return low if low == high else f"{low}–{high}"
        return f"at least {low}" if low else f"up to {high}" if high else ""

    def must_confirm(self, prices: Mapping[str, BatchPrice]) -> bool:
        """True if a person is asked before this is sent; `prices` are the totals by provider.

        A price that is a range counts with its upper end. Without a known end, a person is asked in any case.
        """
        settings = self._store.get()
        charged = {provider: price for provider, price in prices.items() if not is_free(provider)}
        if settings.confirm_above is None:
            return False
        if any(price.unpriced or price.is_open for price in charged.values()):
            return True
        if settings.confirm_unit is ConfirmUnit.CREDITS:
            return any(price.credits > settings.confirm_above for price in charged.values())
        rates = {provider: _rate(settings, provider) for provider, price in charged.items() if price.credits}
        amounts = [settings.amount(charged[name].credits, rate) for name, rate in rates.items() if rate is not None]
        return len(amounts) < len(rates) or sum(amounts) > settings.confirm_above


def _rate(settings: MoneySettings, provider: str) -> float | None:
    if has_saved_key(provider):
        return settings.usd_per_credit
    models = (spec for spec in catalogue.all_models() if spec.provider == provider)
    return next((spec.price.usd_per_credit for spec in models), None)


def _check(settings: MoneySettings) -> None:
    for name, most in _RATES.items():
        value = getattr(settings, name)
        if not math.isfinite(value) or not 0 < value <= most:
            raise InvalidRequest(f"The rate must be more than 0, and at most {most:,g}.", field=name)
    if not _CURRENCY.fullmatch(settings.currency):
        raise InvalidRequest("A currency is three capital letters, such as EUR.", field="currency")
    above = settings.confirm_above
    if above is not None and not (math.isfinite(above) and 0 <= above <= MOST_CREDITS):
        raise InvalidRequest(f"The sum must be from 0 to {MOST_CREDITS:,.0f}.", field="confirm_above")
