"""The price of a generation: one line of fixed height, with details in a tooltip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import streamlit as st

from kaimedia.domain import GenerationRequest
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.registry import is_free, location_of
from kaimedia.studio import BatchPrice, KeyCheck, ProviderState, Studio
from kaimedia.ui import ui_text
from kaimedia.ui.generate import batch_price_text, progress_text, spend_line


def show(studio: Studio, spec: ModelSpec, request: GenerationRequest, provider: ProviderState) -> None:
    """Draw the line; hover or focus shows list price, usual time, balance and today's spending at its provider."""
    credits = spec.estimate_credits(request)
    check, facts = spend_line.facts(studio, provider)
    usual = studio.typical_times.of(spec, provider.name, request)
    short = " · ".join(filter(None, [short_price(credits, check, provider.name), progress_text.usual_line(usual)]))
    price = f"{ui_text.price_line(spec, credits, provider.name)}."
    _draw(short, [price, progress_text.usual_sentence(usual, provider.name), *facts])


def show_batch(studio: Studio, made: str, prices: Mapping[str, BatchPrice], provider: ProviderState) -> None:
    """Draw the line of a batch: what it makes and its total price."""
    _, facts = spend_line.facts(studio, provider)
    balances(studio, prices)  # looked up now, they are known when the confirmation opens
    short = " · ".join(filter(None, [made, batch_price_text.total(prices)]))
    _draw(short, [f"{short}.", *facts])


def balances(studio: Studio, providers: Iterable[str]) -> dict[str, float | None]:
    """The last known balance at each of these that charges anything; refreshed in the background."""
    return {name: studio.account.balance_of(name).balance_credits for name in providers if not is_free(name)}


def _draw(short: str, lines: list[str]) -> None:
    st.html(
        f'<div class="k-price"><span>{ui_text.escaped(short)}</span>'
        '<button type="button" class="k-tip" aria-label="More about the price" aria-describedby="price-facts"></button>'
        f'<div class="k-price-facts" role="tooltip" id="price-facts">{"".join(map(_paragraph, lines))}</div></div>'
    )


def _paragraph(text: str) -> str:
    return f"<p>{ui_text.escaped(text)}</p>"


def short_price(credits: float | None, check: KeyCheck, provider: str) -> str:
    """ "About 6 of your 4,820 credits", shorter where less is known. `check` is of that provider's key."""
    if is_free(provider):
        return f"Free {location_of(provider)}"
    if credits is None:
        return "No list price"
    if check.balance_credits is None:
        return f"About {credits:g} credits"
    return f"About {credits:g} of your {check.balance_credits:,.0f} credits"
