"""The Spending page: what was spent, when, on what, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from kaimedia.providers.registry import is_free, starting_label_of
from kaimedia.studio import Studio
from kaimedia.studio.spending import Overview, SpendingPeriod
from kaimedia.ui import navigation, ui_text
from kaimedia.ui.spending import (
    balance_card,
    breakdown,
    day_chart,
    estimates_table,
    figures,
    losses,
    period_bar,
    value_table,
)
from kaimedia.ui.spending.amounts import Amounts

INTRO = "What was spent, on what, and what came of it."
FREE = "{provider} is free: nothing was charged. These are the credits that the same tasks would have cost."


def show(studio: Studio) -> None:
    """Draw the page."""
    providers = studio.spending.providers()
    with st.container(horizontal_alignment="center"), st.container(width=1120, gap="small", key="spending"):
        with st.container(key="spending_head", horizontal=True, vertical_alignment="bottom"):
            st.html(f'<div class="k-page-head"><h1>Spending</h1><p>{INTRO}</p></div>')
            downloads = st.container(key="spending_downloads_place", width="content")
        if not providers:
            _nothing_yet()
            return
        period = period_bar.show(studio, providers)
        overview = studio.spending.overview(period)
        with downloads:
            period_bar.downloads(studio, overview)
        _body(studio, period, overview)


def _nothing_yet() -> None:
    with st.container(key="page_empty", horizontal_alignment="center", gap="small"):
        st.html(
            '<div class="k-empty"><h2>Nothing was spent yet</h2>'
            "<p>What your images and videos cost appears here, from the first one on.</p></div>"
        )
        st.page_link(navigation.pages()["generate"], label="Create something", icon=":material/auto_awesome:")


def _body(studio: Studio, period: SpendingPeriod, overview: Overview) -> None:
    spending = studio.spending
    writer = Amounts(studio.money.get(), is_free(period.provider))
    results = spending.results(period)
    if writer.is_free:
        text = FREE.format(provider=starting_label_of(period.provider))
        st.html(f'<p class="k-status" data-tone="amber">{ui_text.escaped(text)}</p>')
    reserved = spending.reserved_now(period.provider)
    figures.show(overview.total, spending.total(period.before), period, results, reserved, writer)
    with _card("days", day_chart.title(day_chart.step_of(period.days))):
        day_chart.show(overview)
    with _card("breakdown", "Where it went"):
        breakdown.show(studio, overview, writer)
    with _card("value", "What a kept result cost", "Everything spent on a model, divided by what you kept of it."):
        value_table.show(studio, results, overview.kinds)
    with st.container(key="spending_pair", horizontal=True, gap="small"):
        with _card("lost", "Paid without a result"):
            losses.show(spending.lost(period), reserved, writer)
        with _card("estimates", "List price and charge"):
            estimates_table.show(studio, results)
    with _card("balance", "The balance", "What left the account, against what the ledger has for the same time."):
        balance_card.show(spending.balance_check(period), period.provider, period.zone)


@contextmanager
def _card(key: str, title: str, text: str = "") -> Iterator[None]:
    about = f"<p>{ui_text.escaped(text)}</p>" if text else ""
    with st.container(key=f"spend_{key}", gap="small"):
        st.html(f'<div class="k-card-label"><h2>{ui_text.escaped(title)}</h2>{about}</div>')
        yield
