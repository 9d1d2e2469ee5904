"""A slow, cheap look at what happens elsewhere: the number on Generate in the menu, and tasks started by others."""

from __future__ import annotations

import contextlib

import streamlit as st

from kaimedia import bootstrap
from kaimedia.errors import KaimediaError
from kaimedia.studio import Studio
from kaimedia.ui import state

EVERY_S = 1.0
ELSEWHERE_S = 2.5
# What a browser reads out behind the link's own name.
_BADGE = (
    "<style>[data-testid=stTopNavLink]:not([href*=gallery],[href*=settings])::after,"
    ".st-key-tabbar > :first-child [data-testid=stPageLink-NavLink]::after"
    '{{content:"{}" / " {} running";display:grid}}</style>'
)
GENERATE = "Generate"


def begin() -> None:
    """Note how the gallery stands before a page is drawn: what changes from here on is news."""
    opened = bootstrap.opened_studio()
    if opened is not None:
        with contextlib.suppress(KaimediaError):  # the page itself says so
            state.seen_revision.set(opened.gallery_revision())
            state.seen_provider.set(_provider(opened))


def show(title: str) -> None:
    """Keep the menu current on the page of that title; draws Generate anew when something changed elsewhere."""
    st.fragment(_beat, run_every=EVERY_S if title == GENERATE else ELSEWHERE_S)(title)


def _beat(title: str) -> None:
    studio = bootstrap.opened_studio()
    if studio is None:
        return
    try:
        running, revision = studio.running_count(), studio.gallery_revision()
        provider = _provider(studio)
    except KaimediaError:  # the page itself says so
        return
    badge = _BADGE.format(running, running) if running else ""
    st.html(badge or "<style></style>")
    before = state.seen_revision.get()
    state.seen_revision.set(revision)
    had_news = state.seen_provider.get() not in ("", provider)
    state.seen_provider.set(provider)
    is_idle = not state.running.get()  # else the queue looks by itself
    if title == GENERATE and ((is_idle and before and before != revision) or had_news):
        st.rerun()


def _provider(studio: Studio) -> str:
    """Whether something stands in the way of sending, as far as Generate says it."""
    found = studio.provider_state()
    is_unheard = found.check.is_ok is None and found.check.message is not None
    return f"{found.kind} {bool(found.problem)} {is_unheard}"
