"""The bar at the top of the Spending page: period, provider, downloads."""

from __future__ import annotations

import json
from datetime import date, tzinfo

import streamlit as st

from kaimedia.domain import utc_now
from kaimedia.domain.spending import SpendingBy
from kaimedia.providers.registry import label_of
from kaimedia.studio import Studio
from kaimedia.studio.spending import Overview, SpendingPeriod
from kaimedia.studio.spending_document import csv_text, document
from kaimedia.ui.gallery import dates as gallery_dates
from kaimedia.ui.spending import choices
from kaimedia.ui.spending.choices import Span

FIRST_DAY = date(2020, 1, 1)


def zone() -> tzinfo:
    """The user's time zone."""
    return gallery_dates.zone_of(st.context.timezone)


def show(studio: Studio, providers: tuple[str, ...]) -> SpendingPeriod:
    """Draw the choices; returns the period that they mean."""
    today = utc_now().astimezone(zone()).date()
    provider = studio.spending.provider(choices.provider.get() if choices.provider.get() in providers else None)
    whole = studio.spending.period(provider=provider, last=today, zone=zone())
    with st.container(key="spending_bar", horizontal=True, gap="small", vertical_alignment="center"):
        with st.container(key="spending_span_place", width=470):
            st.segmented_control(
                "Period",
                [span.value for span in Span],
                key=choices.span.key,
                required=True,
                default=None if choices.span.is_set() else choices.span.default,
                label_visibility="collapsed",
                persist_state="session",
                width="stretch",
            )
        _which(choices.span.get(), whole.first, today)
        if len(providers) > 1:
            if not choices.provider.is_set():
                choices.provider.set(provider)
            st.selectbox(
                "Provider",
                providers,
                key=choices.provider.key,
                format_func=label_of,
                filter_mode=None,
                label_visibility="collapsed",
                persist_state="session",
                width=180,
            )
    chosen = choices.days_of(
        choices.span.get(), today, month_start=choices.month.get(), custom=tuple(choices.days.get() or ())
    )
    return studio.spending.period(provider=provider, first=chosen.first, last=chosen.last, zone=zone())


def _which(span: str, first: date, today: date) -> None:
    """Which month, or which days; as wide as the text that stands there otherwise, so that nothing moves."""
    with st.container(key="spending_which", width=280):
        if span == Span.MONTH:
            st.selectbox(
                "Month",
                choices.months(first, today),
                key=choices.month.key,
                format_func=lambda day: f"{day:%B %Y}",
                filter_mode=None,
                label_visibility="collapsed",
                persist_state="session",
            )
        elif span == Span.CUSTOM:
            if not choices.days.is_set():
                choices.days.set((today - choices.DAY * 29, today))
            st.date_input(
                "Days",
                value=[],  # makes it a range; the session has the value
                min_value=FIRST_DAY,
                max_value=today,
                key=choices.days.key,
                format="YYYY-MM-DD",
                label_visibility="collapsed",
                persist_state="session",
            )
        else:
            shown = choices.days_of(span, today, month_start=None, custom=())
            st.html(f'<p class="k-quiet">{dates_text(shown.first or first, today)}</p>')


def downloads(studio: Studio, overview: Overview) -> None:
    """Draw the buttons that download what the page shows."""
    period = overview.period
    name = f"spending_{period.provider}_{period.first}_{period.last}"
    time_zone = st.context.timezone or "UTC"
    with st.container(key="spending_downloads", horizontal=True, gap="xsmall"):
        st.download_button(
            "CSV",
            lambda: csv_text(overview),
            f"{name}.csv",
            "text/csv",
            key="spending_csv",
            icon=":material/download:",
            help="One row for each day, model and API token",
            on_click="ignore",
        )
        st.download_button(
            "JSON",
            lambda: json_text(studio, overview, time_zone),
            f"{name}.json",
            "application/json",
            key="spending_json",
            icon=":material/download:",
            help="Everything on this page, as GET /api/spending has it",
            on_click="ignore",
        )


def json_text(studio: Studio, overview: Overview, time_zone: str) -> str:
    """Everything about the period, as `GET /api/spending` has it by day."""
    return json.dumps(document(studio.spending, overview, SpendingBy.DAY, time_zone), ensure_ascii=False, indent=2)


def dates_text(first: date, last: date) -> str:
    """The days of a period: "Nov 1 – 30, 2026", "Dec 20, 2025 – Jan 3, 2026"."""
    if first == last:
        return _day(first)
    if first.year != last.year:
        return f"{_day(first)} – {_day(last)}"
    end = f"{last.day}, {last.year}" if first.month == last.month else _day(last)
    return f"{first:%b} {first.day} – {end}"


def _day(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"
