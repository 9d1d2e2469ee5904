"""What is said about the price of one generation. Pure functions, no Streamlit."""

from __future__ import annotations

from kaimedia.models.estimates import Estimate
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.registry import is_free, location_of, starting_label_of
from kaimedia.studio import price_texts

NO_LIST_PRICE = "No list price"


def short(estimate: Estimate, money: str, balance_credits: float | None, provider: str) -> str:
    """ "About 6 credits ($0.03) of your 4,820", shorter where less is known. `money` is the price as money, or ""."""
    if is_free(provider):
        return f"Free {location_of(provider)}"
    amount = about(estimate, money)
    if not amount:
        return NO_LIST_PRICE
    return amount if balance_credits is None else f"{amount} of your {balance_credits:,.0f}"


def about(estimate: Estimate, money: str) -> str:
    """The price: "About 6 credits ($0.03)", "76–285 credits ($0.38–$1.43)", "At least 632 credits"; "" if unknown."""
    amount = price_texts.amount_text(estimate)
    if not amount:
        return ""
    paid = f" ({money})" if money else ""
    return f"About {amount}{paid}" if estimate.exact is not None else f"{amount[0].upper()}{amount[1:]}{paid}"


def sentences(spec: ModelSpec, estimate: Estimate, money: str, provider: str) -> list[str]:
    """What a generation costs at the provider it goes to, and where that comes from."""
    free = f"Free {location_of(provider)}"
    if is_free(provider) and provider == spec.provider:
        return [f"{free}."]
    amount = about(estimate, "" if is_free(provider) else money)
    why = price_texts.unsure_text(estimate)
    if not amount:
        known = "no list price for these settings"
        return [f"{free}; {known}." if is_free(provider) else f"{known.capitalize()}."]
    if is_free(provider):
        return [f"{free}; {amount[0].lower()}{amount[1:]} {location_of(spec.provider)}.", why]
    return [f"{amount}, based on the list price of {_day(spec.price.as_of)}.", why, *_other_list(spec, provider)]


def _other_list(spec: ModelSpec, provider: str) -> list[str]:
    """That the provider's list and ours differ, and which one counts."""
    price, label = spec.price, starting_label_of(provider)
    if price.other is None:
        return []
    if price.is_of_provider:
        return [
            f"{label}’s list of {_day(price.as_of)} has this price; it replaces the one of {_day(price.other.as_of)}."
        ]
    return [f"{label}’s list of {_day(price.other.as_of)} has another price; this one is newer."]


def _day(day: object) -> str:
    """A date that is not broken at the end of a line."""
    return str(day).replace("-", "\N{NON-BREAKING HYPHEN}")
