"""The filters in the Filters popover. A filter's value and the widget shown in the popover are separate.

Each filter has a *holder*, bound to the URL and always on the page, but hidden; and a *picker* in the popover
(`kaimedia/ui/pickers.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from kaimedia.ui import pickers, state, ui_text
from kaimedia.ui.gallery import dates as gallery_dates
from kaimedia.ui.gallery.facts import Choices
from kaimedia.ui.state import Slot

FIRST_DAY = date(2020, 1, 1)
STALE_REPORT_S = 1.0
MANY_OPTIONS = 12


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: its session slot, its options, and how each option is displayed."""

    label: str
    slot: Slot[Any]
    offered: Sequence[Any]
    format_option: Callable[[Any], str] = str


def of(known: Choices, views: Sequence[str]) -> tuple[Filter, ...]:
    """The filters with a list of options."""
    tags = [name for name, _ in known.tags]
    names = {each.id: each.name for each in known.collections}
    filters = (
        Filter("Show", state.gallery_view, views),
        Filter("Model", state.gallery_model, ["", *known.models], lambda model: known.models.get(model, "All models")),
        Filter("Date", state.gallery_date, gallery_dates.SPANS),
        Filter("Tag", state.gallery_tag, ["", *tags], lambda tag: tag or "Any tag"),
        Filter("Collection", state.gallery_collection, [0, *names], lambda each: names.get(each, "Any collection")),
    )
    if not known.batches:
        return filters
    batches = Filter(
        "Batch", state.gallery_batch, [0, *known.batches], lambda each: known.batches.get(each, "Any batch")
    )
    return (*filters, batches)


def hold(filters: Sequence[Filter]) -> None:
    """Draw the hidden holders; call before `pick`. A value that is no longer offered is reset to the default."""
    with st.container(key="gallery_holders"):
        for each in filters:
            if each.slot.is_set() and each.slot.get() not in each.offered:
                each.slot.set(each.slot.default)
            st.selectbox(
                each.label,
                list(each.offered),
                key=each.slot.key,
                format_func=each.format_option,
                filter_mode=None,
                label_visibility="collapsed",
                bind="query-params",
            )
        if state.gallery_date.get() == gallery_dates.CUSTOM:
            _days(state.gallery_days.key, bind="query-params")


def pick(filters: Sequence[Filter], known: Choices) -> None:
    """Draw the pickers in the popover."""
    for each in filters:
        key = pickers.key_of(each.slot)
        with st.container(key=f"pick_{each.slot.key}"):
            st.selectbox(
                each.label,
                list(each.offered),
                index=list(each.offered).index(each.slot.get()),
                key=key,
                format_func=each.format_option,
                filter_mode="fuzzy" if len(each.offered) > MANY_OPTIONS else None,
                on_change=_picked,
                args=(each.slot, key),
            )
        if each.slot is state.gallery_date and each.slot.get() == gallery_dates.CUSTOM:
            key = pickers.key_of(state.gallery_days)
            with st.container(key=f"pick_{state.gallery_days.key}"):
                _days(key, list(state.gallery_days.get() or ()), on_change=_picked, args=(state.gallery_days, key))
    st.html(f'<p class="k-quiet k-disk">{ui_text.escaped(ui_text.disk_line(known.disk))}</p>')


def _days(key: str, value: Sequence[date] = (), **more: Any) -> None:
    st.date_input(
        "Date range",
        value=list(value),
        min_value=FIRST_DAY,
        max_value=date.today().replace(month=12, day=31),
        key=key,
        format="YYYY-MM-DD",
        **more,
    )


def _picked(slot: Slot[Any], key: str) -> None:
    if pickers.is_current(slot, key):
        note_set([slot])
        pickers.take(slot, key)


def note_set(slots: Sequence[Slot[Any]]) -> None:
    """Remember the values before the server sets them, for `drop_stale_reports`. For callbacks only."""
    before = {slot.key: slot.get() for slot in slots}
    state.gallery_overwritten.set((time.monotonic(), before, {}))


def drop_stale_reports(slots: Sequence[Slot[Any]]) -> None:
    """Undo stale values that the browser reports after the server set a widget; call before drawing the widgets.

    A timed rerun that was requested before a callback set a widget still carries the old value. Within
    `STALE_REPORT_S` such a value cannot be the user's choice, since the new one was only just drawn.
    """
    set_at_s, before, after = state.gallery_overwritten.get()
    if time.monotonic() - set_at_s > STALE_REPORT_S:
        return
    if not after:  # the run of the callback itself
        state.gallery_overwritten.set(
            (set_at_s, before, {slot.key: slot.get() for slot in slots if slot.key in before})
        )
        return
    for slot in slots:
        if slot.key in after and slot.get() == before[slot.key] != after[slot.key]:
            slot.set(after[slot.key])
