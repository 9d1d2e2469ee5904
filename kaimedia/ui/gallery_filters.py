"""The filters behind Filters. What they are set to and what the popover shows are separate widgets.

A closed popover keeps no widgets in the browser (Streamlit 1.67), so one of them that we set misses the new value,
and the browser reports the old one with the next timed redraw: the person's choice would be undone. Therefore each
filter has a *holder*, which is bound to the address and always in the page, unseen; and a *picker* in the popover,
whose identity changes whenever its filter was set from anywhere else, so that nothing old is reported for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from kaimedia.ui import gallery_dates, state, words
from kaimedia.ui.gallery_facts import Choices
from kaimedia.ui.state import Slot

FIRST_DAY = date(2020, 1, 1)
STALE_REPORT_S = 1.0
MANY_OPTIONS = 12


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: where its value is kept, what is offered, and how each option is shown."""

    label: str
    slot: Slot[Any]
    offered: Sequence[Any]
    said: Callable[[Any], str] = str


def of(known: Choices, shelves: Sequence[str]) -> tuple[Filter, ...]:
    """The filters that are chosen from a list."""
    tags = [name for name, _ in known.tags]
    names = {each.id: each.name for each in known.collections}
    return (
        Filter("Show", state.gallery_shelf, shelves),
        Filter("Model", state.gallery_model, ["", *known.models], lambda model: known.models.get(model, "All models")),
        Filter("Date", state.gallery_date, gallery_dates.SPANS),
        Filter("Tag", state.gallery_tag, ["", *tags], lambda tag: tag or "Any tag"),
        Filter("Collection", state.gallery_collection, [0, *names], lambda each: names.get(each, "Any collection")),
    )


def hold(filters: Sequence[Filter]) -> None:
    """Draw the holders, unseen; call it before `pick`. A value that is no longer offered goes back to the default."""
    with st.container(key="gallery_holders"):
        for each in filters:
            if each.slot.is_set() and each.slot.get() not in each.offered:
                each.slot.set(each.slot.default)
            st.selectbox(
                each.label,
                list(each.offered),
                key=each.slot.key,
                format_func=each.said,
                filter_mode=None,
                label_visibility="collapsed",
                bind="query-params",
            )
        if state.gallery_date.get() == gallery_dates.CUSTOM:
            _days(state.gallery_days.key, bind="query-params")


def pick(filters: Sequence[Filter], known: Choices) -> None:
    """Draw the pickers, where the popover is."""
    for each in filters:
        key = _picker_key(each.slot)
        with st.container(key=f"pick_{each.slot.key}"):
            st.selectbox(
                each.label,
                list(each.offered),
                index=list(each.offered).index(each.slot.get()),
                key=key,
                format_func=each.said,
                filter_mode="fuzzy" if len(each.offered) > MANY_OPTIONS else None,
                on_change=_picked,
                args=(each.slot, key),
            )
        if each.slot is state.gallery_date and each.slot.get() == gallery_dates.CUSTOM:
            key = _picker_key(state.gallery_days)
            with st.container(key=f"pick_{state.gallery_days.key}"):
                _days(key, list(state.gallery_days.get() or ()), on_change=_picked, args=(state.gallery_days, key))
    st.html(f'<p class="k-quiet k-disk">{words.escaped(words.disk_line(known.disk))}</p>')


def _days(key: str, value: Sequence[date] = (), **more: Any) -> None:
    st.date_input(
        "From and to",
        value=list(value),
        min_value=FIRST_DAY,
        max_value=date.today().replace(month=12, day=31),
        key=key,
        format="YYYY-MM-DD",
        **more,
    )


def _picker_key(slot: Slot[Any]) -> str:
    """The key of the picker that shows what the filter is set to; another one when something else has set it."""
    turns = state.gallery_pickers.get()
    turn, last = turns.get(slot.key, (0, slot.default))
    value = slot.get()
    if value != last:
        turn += 1
    state.gallery_pickers.set({**turns, slot.key: (turn, value)})
    return f"pick_{slot.key}_{turn}"


def _picked(slot: Slot[Any], key: str) -> None:
    turns = state.gallery_pickers.get()
    turn, _ = turns.get(slot.key, (0, slot.default))
    if key != f"pick_{slot.key}_{turn}" or key not in st.session_state:
        return  # reported for a picker that is gone
    value = st.session_state[key]
    state.gallery_pickers.set({**turns, slot.key: (turn, value)})
    note_set([slot])
    slot.set(value)


def note_set(slots: Sequence[Slot[Any]]) -> None:
    """Remember what these were before we set them, for `drop_stale_reports`. For callbacks only, before setting."""
    before = {slot.key: slot.get() for slot in slots}
    state.gallery_overwritten.set((time.monotonic(), before, {}))


def drop_stale_reports(slots: Sequence[Slot[Any]]) -> None:
    """Undo what the browser reports of the time before we set a widget; call it before the widgets are drawn.

    A timed redraw that was under way while a callback set a widget still carries the value from before. Within
    `STALE_REPORT_S` such a value cannot be a choice: the new one has hardly been drawn.
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
