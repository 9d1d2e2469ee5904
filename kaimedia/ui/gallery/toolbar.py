"""The gallery's toolbar: kind, search, favorites, sort order, and a popover with all other filters."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import Counts, MediaQuery
from kaimedia.ui import state
from kaimedia.ui.gallery import filters as gallery_filters
from kaimedia.ui.gallery import more as gallery_more
from kaimedia.ui.gallery import query as gallery_query
from kaimedia.ui.gallery.facts import Choices

MAX_SEARCH_CHARS = 200  # the gallery API's limit


def show(known: Choices) -> MediaQuery:
    """Draw the toolbar; returns its query."""
    gallery_query.restore()
    gallery_query.read_old_urls()
    filters = gallery_filters.of(known, list(gallery_query.VIEWS))
    gallery_filters.drop_stale_reports(gallery_query.FILTERS)
    gallery_filters.hold(filters)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="gallery_bar"):
        _kind()
        _search()
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
    """Show counts on the kinds, by CSS: the labels are URL values and stay plain."""
    numbers = (counts.all, counts.images, counts.videos)
    rules = [
        f'.st-key-kind [role=radio]:nth-of-type({place})::after{{content:"{number:,}"}}'
        for place, number in enumerate(numbers, start=1)
    ]
    st.html(f"<style>{''.join(rules)}</style>")


def show_filters(filters: int) -> None:
    """Show the number of filters on Filters, by CSS; drawn even for zero, so later elements keep their position."""
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


def _search() -> None:
    st.text_input(
        "Search prompts",
        key=state.gallery_search.key,
        type="search",
        live="250ms",
        max_chars=MAX_SEARCH_CHARS,
        placeholder="Search prompts",
        icon=":material/search:",
        label_visibility="collapsed",
        bind="query-params",
        width=320,
    )


def _order() -> None:
    st.selectbox(
        "Sort by",
        list(gallery_query.SORTS),
        key=state.gallery_sort.key,
        label_visibility="collapsed",
        filter_mode=None,
        width=150,
        bind="query-params",
    )
