"""Credits as money: what one costs, the currency, and above which price a person is asked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LIST_USD_PER_CREDIT = 0.005  # the list price at the provider whose key is entered in Settings
_SYMBOLS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "INR": "₹",
    "KRW": "₩",
    "BRL": "R$",
    "AUD": "A$",
    "CAD": "C$",
}
_WHOLE = frozenset({"JPY", "KRW", "VND", "CLP", "IDR", "HUF"})  # nobody pays with parts of them


_MOST_DIGITS = 6  # after the point


class ConfirmUnit(StrEnum):
    """What the price above which a person is asked is given in."""

    CREDITS = "credits"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class MoneySettings:
    """How credits are shown as money, and above which price a person is asked.

    `usd_per_credit` is what one credit costs this person: less than the list price after a large top-up. `currency` is
    a code of three letters, and one US dollar is `currency_per_usd` of it. `confirm_above` is in credits or in the
    currency; None means that nobody is asked.
    """

    usd_per_credit: float = LIST_USD_PER_CREDIT
    currency: str = "USD"
    currency_per_usd: float = 1.0
    confirm_above: float | None = 500.0
    confirm_unit: ConfirmUnit = ConfirmUnit.CREDITS
    updated_at: datetime | None = None

    def amount(self, credits: float, usd_per_credit: float) -> float:
        """Credits at a rate, in the currency."""
        return credits * usd_per_credit * self.currency_per_usd

    def text(self, credits: float, usd_per_credit: float) -> str:
        """Credits at a rate as money, for people: "$0.30", "CHF 0.27"."""
        return money_text(self.amount(credits, usd_per_credit), self.currency)


def money_text(amount: float, currency: str) -> str:
    """An amount of money: "$0.30", "$0.0175", "$0.0025", "¥45", "CHF 1,200.00".

    Amounts below 1 have three digits that count, because many images cost parts of a cent.
    """
    symbol = _SYMBOLS.get(currency, f"{currency} ")
    if currency in _WHOLE and (amount >= 1 or not amount):
        return f"{symbol}{amount:,.0f}"
    if not 0 < abs(amount) < 1:
        return f"{symbol}{amount:,.2f}"
    digits = min(_MOST_DIGITS, 2 - math.floor(math.log10(abs(amount))))
    whole, _, fraction = f"{amount:.{digits}f}".partition(".")
    return f"{symbol}{whole}.{fraction.rstrip('0').ljust(2, '0')}"
