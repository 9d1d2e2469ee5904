"""A cheap periodic refresh: the number of running tasks in the menu, and tasks started elsewhere."""

from __future__ import annotations

import contextlib

import streamlit as st

from kaimedia import runtime
from kaimedia.errors import KaimediaError
from kaimedia.studio import KeyStatus, Studio
from kaimedia.ui import state
from kaimedia.ui.page_list import PAGE_LIST, PAGE_NAMES

EVERY_S = 1.0
ELSEWHERE_S = 2.5
# The part after the slash is what screen readers announce after the link's name.
_OTHERS = ",".join(f"[href*={name}]" for name in PAGE_NAMES[1:])
_BADGE = (
    f"<style>[data-testid=stTopNavLink]:not({_OTHERS})::after,"
    ".st-key-tabbar > :first-child [data-testid=stPageLink-NavLink]::after"
    '{{content:"{}" / " {} running";display:grid}}</style>'
)
GENERATE = PAGE_LIST[0].title


def begin() -> None:
    """Record the gallery's change counter before the page is drawn, to detect later changes."""
    opened = runtime.opened_studio()
    if opened is not None:
        with contextlib.suppress(KaimediaError):  # the page shows this error
            state.seen_change_count.set(opened.gallery.change_count())
            state.seen_provider.set(_provider(opened))


def show(title: str) -> None:
    """Keep the menu up to date on the page with that title; rerun Generate when something changed elsewhere."""
    st.fragment(_refresh, run_every=EVERY_S if title == GENERATE else ELSEWHERE_S)(title)


def _refresh(title: str) -> None:
    studio = runtime.opened_studio()
    if studio is None:
        return
    try:
        running, change_count = studio.tasks.running_count(), studio.gallery.change_count()
        provider = _provider(studio)
    except KaimediaError:  # the page shows this error
        return
    badge = _BADGE.format(running, running) if running else ""
    st.html(badge or "<style></style>")
    before = state.seen_change_count.get()
    state.seen_change_count.set(change_count)
    had_news = state.seen_provider.get() not in ("", provider)
    state.seen_provider.set(provider)
    is_idle = not (state.running.get() or state.running_batches.get())  # else the queue refreshes itself
    if title == GENERATE and ((is_idle and before and before != change_count) or had_news):
        st.rerun()


def _provider(studio: Studio) -> str:
    """The provider's status as Generate shows it, as one string to compare."""
    found = studio.account.state()
    return f"{found.name} {bool(found.problem)} {found.check.status is KeyStatus.NO_ANSWER}"
