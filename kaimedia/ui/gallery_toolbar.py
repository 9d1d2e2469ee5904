"""The gallery's toolbar: kind, words, favorites, order, and one popover for all other filters."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import Counts, MediaQuery
from kaimedia.ui import gallery_filters, gallery_more, gallery_query, state
from kaimedia.ui.gallery_facts import Choices

MOST_WORDS = 200  # what the feed takes


def show(known: Choices) -> MediaQuery:
    """Draw the bar; returns what it asks for."""
    gallery_query.restore()
    filters = gallery_filters.of(known, list(gallery_query.SHELVES))
    gallery_filters.drop_stale_reports(gallery_query.FILTERS)
    gallery_filters.hold(filters)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="gallery_bar"):
        _kind()
        _words()
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="right", gap="small", key="gallery_side"
        ):
            st.toggle("Favorites", key=state.gallery_favorites.key, bind="query-params")
            _order()
            with st.popover("Filters", icon=":material/filter_list:", key="gallery_filters"):
                gallery_filters.pick(filters, known)
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


def _order() -> None:
    st.selectbox(
        "Order",
        list(gallery_query.SORTS),
        key=state.gallery_sort.key,
        label_visibility="collapsed",
        filter_mode=None,
        width=150,
        bind="query-params",
    )
