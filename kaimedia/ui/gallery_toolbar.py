"""The gallery's toolbar: kind, words, favourites, order, and one popover for all other filters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import streamlit as st

from kaimedia.domain import Counts, MediaQuery
from kaimedia.ui import gallery_dates, gallery_more, gallery_query, state, words
from kaimedia.ui.gallery_facts import Choices
from kaimedia.ui.state import Slot

MOST_WORDS = 200  # what the feed takes


def show(known: Choices) -> MediaQuery:
    """Draw the bar; returns what it asks for."""
    gallery_query.restore()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="gallery_bar"):
        _kind()
        _words()
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="right", gap="small", key="gallery_side"
        ):
            st.toggle("Favourites", key=state.gallery_favorites.key, bind="query-params")
            _pick("Order", state.gallery_sort, list(gallery_query.SORTS), is_hidden=True, width=150)
            with st.popover("Filters", icon=":material/filter_list:", key="gallery_filters"):
                _filters(known)
            gallery_more.show(known)
    gallery_query.remember()
    return gallery_query.current()


def show_counts(counts: Counts) -> None:
    """The numbers in the kinds, as style: labels stand in the URL and stay plain."""
    numbers = (counts.all, counts.images, counts.videos)
    rules = [
        f'.st-key-kind [role=radio]:nth-of-type({place})::after{{content:"{number:,}"}}'
        for place, number in enumerate(numbers, start=1)
    ]
    st.html(f"<style>{''.join(rules)}</style>")


def show_filters(filters: int) -> None:
    """Their number on Filters, in the same way; also where it is none, so that what follows keeps its place."""
    rule = f'.st-key-gallery_filters [data-testid=stPopoverButton]::after{{content:"{filters}"}}'
    st.html(f"<style>{rule if filters else '/* none */'}</style>")


def _kind() -> None:
    st.segmented_control(
        "Kind",
        list(gallery_query.KINDS),
        default="All",
        key=state.gallery_kind.key,
        required=True,
        label_visibility="collapsed",
        bind="query-params",
    )


def _words() -> None:
    st.text_input(
        "Search prompts",
        key=state.gallery_words.key,
        type="search",
        live="250ms",
        max_chars=MOST_WORDS,
        placeholder="Search prompts",
        icon=":material/search:",
        label_visibility="collapsed",
        bind="query-params",
        width=320,
    )


def _filters(known: Choices) -> None:
    _pick("Show", state.gallery_shelf, list(gallery_query.SHELVES))
    _pick("Model", state.gallery_model, ["", *known.models], lambda model: known.models.get(model, "All models"))
    _pick("Date", state.gallery_date, list(gallery_dates.SPANS))
    if state.gallery_date.get() == gallery_dates.CUSTOM:
        st.date_input(
            "From and to",
            value=[],
            min_value=date(2020, 1, 1),
            max_value=date.today().replace(month=12, day=31),
            key=state.gallery_days.key,
            format="YYYY-MM-DD",
            bind="query-params",
        )
    tags = [name for name, _ in known.tags]
    _pick("Tag", state.gallery_tag, ["", *tags], lambda tag: tag or "Any tag")
    names = {each.id: each.name for each in known.collections}
    _pick("Collection", state.gallery_collection, [0, *names], lambda each: names.get(each, "Any collection"))
    st.html(f'<p class="k-quiet k-disk">{words.escaped(words.disk_line(known.disk))}</p>')


def _pick(
    label: str,
    slot: Slot[Any],
    offered: Sequence[Any],
    said: Callable[[Any], str] = str,
    *,
    is_hidden: bool = False,
    width: Any = "stretch",
) -> None:
    if slot.is_set() and slot.get() not in offered:
        slot.set(slot.default)  # what was filtered by is gone
    st.selectbox(
        label,
        offered,
        key=slot.key,
        format_func=said,
        label_visibility="collapsed" if is_hidden else "visible",
        filter_mode="fuzzy" if len(offered) > 12 else None,
        width=width,
        bind="query-params",
    )
