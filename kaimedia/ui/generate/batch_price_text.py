"""What is said about the price of many tasks. Pure functions, no Streamlit."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kaimedia.providers.registry import is_free, location_of
from kaimedia.studio import BatchCost, BatchPrice, price_texts
from kaimedia.ui import ui_text

Money = Callable[[float, str], str]  # credits of a provider as money, or ""


def no_money(_credits: float, _provider: str) -> str:
    """For amounts that are shown in credits only."""
    return ""


def total(prices: Mapping[str, BatchPrice], money: Money = no_money) -> str:
    """The total by provider: "About 96 credits ($0.48), plus 3 without a list price"; "" without any."""
    if len(prices) < 2:
        return "".join(_total(name, price, money) for name, price in prices.items())
    totals = [
        _total(name, price, money) if is_free(name) else f"{_total(name, price, money)} {location_of(name)}"
        for name, price in prices.items()
    ]
    return "; ".join([totals[0], *map(lowered, totals[1:])])


def _total(provider: str, price: BatchPrice, money: Money) -> str:
    if is_free(provider):
        return f"Free {location_of(provider)}"
    if price.unpriced == price.tasks:
        return "No list price"
    amount = price_texts.total_text(price)
    text = f"About {amount}" if amount[0].isdigit() else f"{amount[0].upper()}{amount[1:]}"
    if paid := money(price.credits, provider):
        text += f" ({paid})" if price.low_credits is None else f" ({'at least' if price.is_open else 'up to'} {paid})"
    return f"{text}, plus {price.unpriced:,} without a list price" if price.unpriced else text


def cost(costs: Mapping[str, BatchCost]) -> str:
    """The price of submitted tasks as sentences, and what was charged as far as it was reported."""
    if not costs:
        return "Nothing was charged."
    line = f"{total({name: each.price for name, each in costs.items()})}."
    charged = [
        f"{ui_text.credits(each.charged_credits)} {location_of(name) if len(costs) > 1 else ''}".strip()
        for name, each in costs.items()
        if each.charged_credits is not None and not is_free(name)
    ]
    return f"{line} Charged so far, as reported: {', '.join(charged)}." if charged else line


def missing_credits(price: BatchPrice, balance_credits: float | None, provider: str) -> str:
    """A warning that the balance at that provider does not suffice; "" if it does or is not known."""
    if is_free(provider) or balance_credits is None or price.least_credits <= balance_credits:
        return ""
    return (
        f"Your balance of {ui_text.credits(balance_credits)} {location_of(provider)} is less than the total there. "
        "Nothing can be submitted until you add credits or remove some of the tasks."
    )


def lowered(text: str) -> str:
    """The text inside a sentence: "about 96 credits"."""
    return text[:1].lower() + text[1:]
