"""Amounts as text: credits, and money where it is known."""

from __future__ import annotations

from dataclasses import dataclass

from kaimedia.domain import MoneySettings, money_text

WHOLE_FROM = 1000  # credits; larger sums are shown without fractions
TENTHS_FROM = 100


@dataclass(frozen=True, slots=True)
class Amounts:
    """Writes amounts of one provider; nothing is money at one that is free."""

    settings: MoneySettings
    is_free: bool

    def money(self, usd: float) -> str:
        """An amount that is stored in US dollars, in the chosen currency; "" where nothing is charged or known."""
        if self.is_free or not usd:
            return ""
        sign = "−" if usd < 0 else ""
        return sign + money_text(abs(usd) * self.settings.currency_per_usd, self.settings.currency)


def number(amount: float) -> str:
    """An amount of credits without the word: "7.43", "24,000", "−3"."""
    digits = 0 if abs(amount) >= WHOLE_FROM else 1 if abs(amount) >= TENTHS_FROM else 2
    text = f"{abs(amount):,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"−{text}" if amount < 0 and text != "0" else text


def credits(amount: float) -> str:
    """An amount of credits: "1 credit", "7.43 credits"."""
    text = number(amount)
    return f"{text} credit{'' if text in ('1', '−1') else 's'}"


def percent(part: float, whole: float) -> str:
    """A share: "12%", "less than 1%"."""
    share = 100 * part / whole if whole else 0.0
    return "less than 1%" if 0 < share < 0.5 else f"{share:.0f}%"
