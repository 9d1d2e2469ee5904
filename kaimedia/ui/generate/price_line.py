"""The price of a generation: one line of fixed height, with details in a tooltip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import streamlit as st

from kaimedia.domain import GenerationRequest
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.registry import is_free
from kaimedia.studio import BatchPrice, ProviderState, Studio
from kaimedia.ui import ui_text
from kaimedia.ui.generate import batch_price_text, limit_line, price_text, progress_text, spend_line


def show(studio: Studio, spec: ModelSpec, request: GenerationRequest, provider: ProviderState) -> None:
    """Draw the line; hover or focus shows list price, usual time, balance and today's spending at its provider."""
    estimate = studio.estimates.of(request)
    money = studio.money.range_text(estimate, provider.name)
    check, facts = spend_line.facts(studio, provider)
    usual = studio.typical_times.of(spec, provider.name, request)
    price = price_text.short(estimate, money, check.balance_credits, provider.name)
    details = price_text.sentences(spec.mode_for(request.references), estimate, money, provider.name)
    limits = studio.limits.warnings({provider.name: studio.estimates.total([request])})
    short = " · ".join(filter(None, [price, limit_line.short(limits), progress_text.usual_line(usual)]))
    usual_sentence = progress_text.usual_sentence(usual, provider.name)
    _draw(short, [*filter(None, details), *limit_line.sentences(limits), usual_sentence, *facts])


def show_batch(studio: Studio, made: str, prices: Mapping[str, BatchPrice], provider: ProviderState) -> None:
    """Draw the line of a batch: what it makes and its total price."""
    _, facts = spend_line.facts(studio, provider)
    balances(studio, prices)  # looked up now, they are known when the confirmation opens
    limits = studio.limits.warnings(prices)
    total = batch_price_text.total(prices, studio.money.text)
    short = " · ".join(filter(None, [made, total, limit_line.short(limits)]))
    _draw(short, [f"{short}.", *limit_line.sentences(limits), *facts])


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
