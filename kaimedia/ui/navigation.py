"""Streamlit's pages, and moving between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from kaimedia.ui import state
from kaimedia.ui.page_list import HOME, PAGE_LIST, PageEntry

FOLDER = Path(__file__).resolve().parents[2] / "pages"


def pages() -> dict[str, StreamlitPage]:
    """All pages by name, in the order of the menu, for this run: Streamlit notes in them which one may be drawn."""
    return {page.name: copy(_checked(page)) for page in PAGE_LIST}


@cache
def _checked(page: PageEntry) -> StreamlitPage:
    """One page. Made once, because Streamlit looks for its file each time; only within a run."""
    return st.Page(
        FOLDER / f"{page.name}.py",
        title=page.title,
        icon=f":material/{page.icon}:",
        url_path=page.name,
        default=page.name == HOME,
    )


def open_page(name: str, params: Mapping[str, str] | None = None) -> None:
    """Switch now, with query parameters if given; ends this run."""
    # Without query_params Streamlit refuses while a gallery filter is in the URL (bound to its widget).
    st.switch_page(pages()[name], query_params=dict(params or {}))


def follow() -> None:
    """Switch to the page requested by a callback, if any: `main` calls it in every run, a fragment in its own runs."""
    if wanted := state.go_to.take():
        open_page(wanted, state.go_to_params.take())


def tab_bar(menu: Sequence[StreamlitPage]) -> None:
    """The bar at the bottom of phones; hidden elsewhere by the stylesheet."""
    with st.container(horizontal=True, key="tabbar", gap=None):
        for page in menu:
            st.page_link(page, width="stretch")
