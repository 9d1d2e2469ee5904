"""A cheap periodic refresh: the number of running tasks in the menu, and tasks started elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from kaimedia import runtime
from kaimedia.errors import KaimediaError
from kaimedia.studio import KeyStatus
from kaimedia.ui import auto_reruns, state
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


@dataclass(frozen=True, slots=True)
class Seen:
    """What may change elsewhere: the number of running tasks, the gallery's change counter, the provider's status."""

    running: int
    change_count: str
    provider: str  # as Generate shows it, as one text to compare


def begin() -> list[Seen]:
    """Record the gallery's change counter before the page is drawn, to detect later changes; returns what was read."""
    seen = _read()
    if seen is None:
        return []
    state.seen_change_count.set(seen.change_count)
    state.seen_provider.set(seen.provider)
    return [seen]


def show(title: str, just_read: Sequence[Seen] = ()) -> None:
    """Keep the menu up to date on the page with that title; rerun Generate when something changed elsewhere.

    `just_read` is what `begin` returned in this run.
    """
    st.fragment(_refresh, run_every=EVERY_S if title == GENERATE else ELSEWHERE_S)(title, list(just_read))


def _refresh(title: str, just_read: list[Seen]) -> None:
    seen = just_read.pop() if just_read else _read()
    if seen is None:
        return
    badge = _BADGE.format(seen.running, seen.running) if seen.running else ""
    st.html(badge or "<style></style>")
    before = state.seen_change_count.get()
    state.seen_change_count.set(seen.change_count)
    had_news = state.seen_provider.get() not in ("", seen.provider)
    state.seen_provider.set(seen.provider)
    is_idle = not (state.running.get() or state.running_batches.get())  # else the queue refreshes itself
    if title == GENERATE and ((is_idle and before and before != seen.change_count) or had_news):
        st.rerun()
    auto_reruns.skip_while_same(_read, seen)


def _read() -> Seen | None:
    studio = runtime.opened_studio()
    if studio is None:
        return None
    try:
        provider = studio.account.state()
        has_no_answer = provider.check.status is KeyStatus.NO_ANSWER
        status = f"{provider.name} {bool(provider.problem)} {has_no_answer} {studio.storage_watch.problem is not None}"
        return Seen(studio.tasks.running_count(), studio.gallery.change_count(), status)
    except KaimediaError:  # the page shows this error
        return None
