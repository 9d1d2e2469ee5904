"""Which comparison Generate shows: kept in the session, and in the URL as `?compare=ID`, so that a link opens it."""

from __future__ import annotations

import streamlit as st

from kaimedia.ui import state

MAX_ID = 2**31 - 1
PARAM = "compare"
ELSEWHERE = -1  # another page was shown, whose URL says nothing about it


def open_one(batch_id: int) -> None:
    """Show a comparison on Generate. For callbacks only."""
    state.opened_comparison.set(batch_id)
    state.comparisons_opened.set(state.comparisons_opened.get() + 1)


def close() -> None:
    """Show the results instead. For callbacks only."""
    state.opened_comparison.set(0)


def leave() -> None:
    """Another page is shown: its URL says nothing about the comparison."""
    state.comparison_in_url.set(ELSEWHERE)


def follow_url() -> int:
    """The comparison to show, 0 for none; a URL that the user changed (a link, Back) wins. Call once per run."""
    here, seen = _in_url(), state.comparison_in_url.get()
    if here != seen and not (here == 0 and seen == ELSEWHERE):
        state.opened_comparison.set(here)
    opened = state.opened_comparison.get()
    if opened and opened != here:
        st.query_params[PARAM] = str(opened)
    elif not opened and PARAM in st.query_params:
        del st.query_params[PARAM]
    state.comparison_in_url.set(opened)
    return opened


def _in_url() -> int:
    text = st.query_params.get(PARAM, "")
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ID))
    return int(text) if is_number and int(text) <= MAX_ID else 0
