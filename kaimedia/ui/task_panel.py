"""The running and failed tasks, polled only while something runs."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from kaimedia.domain import ErrorCode, Phase, Status, Task, utc_now
from kaimedia.errors import NotFound
from kaimedia.studio import Studio, is_resumable
from kaimedia.ui import draft, notices, state, tab_signal, task_card, words
from kaimedia.ui.shell import answering, guarded

POLL_S = 1.0
MANY = 8  # cards; from there on each second would cost more than it tells
POLL_MANY_S = 2.0
MOST_FAILED = 4
MOST_SHOWN = 100  # the studio lists no more; the oldest are cut
MOST_NEWS = 20
FIRST_WORDS = 60  # characters of a prompt that a notification shows
_ENDED = frozenset({Phase.DONE, Phase.FAILED})


def show(studio: Studio) -> int:
    """Draw the cards and keep them current; returns how many there are now."""
    shown = studio.shown_tasks()
    now_running = _running_ids(shown)
    _tell_ended(studio, state.running.get() - now_running)  # what ended between two polls, or on another page
    state.running.set(now_running)
    # A number, never "1s": a text makes Streamlit import pandas.
    st.fragment(_cards, run_every=_poll_s(len(shown)) if now_running else None)(studio)
    return len(shown)


def _poll_s(count: int) -> float:
    return POLL_S if count < MANY else POLL_MANY_S


def _running_ids(tasks: list[Task]) -> frozenset[str]:
    return frozenset(task.task_id for task in tasks if task.status is not Status.FAILED)


def _cards(studio: Studio) -> None:
    with guarded("tasks"):
        if state.go_whole.take():
            st.rerun()
        shown = studio.shown_tasks()
        before, now_running = state.running.get(), _running_ids(shown)
        if before != now_running:
            _tell_ended(studio, before - now_running)
            state.running.set(now_running)
            st.rerun()  # results, timer and button words belong to the whole page
        running = _count_running(studio, shown)
        with st.container(key="signal_place"):
            tab_signal.show(running, state.ended.get())
        now = utc_now()
        if not running:
            notices.silence(studio.silence(shown, now), now)
        if shown:
            _draw(studio, shown, running, now)
        notices.show_waiting()


def _count_running(studio: Studio, shown: list[Task]) -> int:
    """How many run, also those the list was too short for."""
    if len(shown) < MOST_SHOWN:
        return len(_running_ids(shown))
    return sum(number for phase, number in studio.queue_depth().items() if phase not in _ENDED)


def _draw(studio: Studio, shown: list[Task], running: int, now: datetime) -> None:
    active = [task for task in shown if task.status is not Status.FAILED]
    if running:
        _heading("In progress", running, anchor="in-progress")
        notices.silence(studio.silence(shown, now), now)
        _grid(studio, active, "task_grid")
    if running > len(active):
        st.html(f'<p class="k-quiet" role="status">{running - len(active)} more in progress.</p>')
    failed = sorted((task for task in shown if task.status is Status.FAILED), key=lambda task: not _is_unknown(task))
    if failed:
        _heading("Needs a look", len(failed))
        unfolded = max(MOST_FAILED, sum(map(_is_unknown, failed)))  # what may be paid twice is never folded away
        is_cut = len(failed) > unfolded and not state.shows_all_failed.get()
        _grid(studio, failed[:unfolded] if is_cut else failed, "failed_grid")
        if len(failed) > MOST_FAILED:
            _more_failed(studio, failed, len(failed) - unfolded if is_cut else 0)


def _heading(text: str, count: int, anchor: str = "needs-a-look") -> None:
    st.html(f'<h2 class="k-section" id="{anchor}">{text} <span>{count}</span></h2>')


def _grid(studio: Studio, tasks: list[Task], key: str) -> None:
    now = utc_now()
    grid = st.grid(2, min_column_width=330, gap="small", key=key)
    for task in tasks:
        with grid.cell():
            task_card.show(studio, task, draft.spec_of(studio, task.model), now)


def _is_unknown(task: Task) -> bool:
    return task.error_code is ErrorCode.OUTCOME_UNKNOWN


def _is_settled(task: Task) -> bool:
    """True when nothing is lost with the card: nothing paid hangs on it."""
    return not (_is_unknown(task) or task.may_have_cost or is_resumable(task))


def _more_failed(studio: Studio, failed: list[Task], hidden: int) -> None:
    """Many failures must not push the results out of sight."""
    settled = [task.task_id for task in failed if _is_settled(task)]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="more_failed"):
        if hidden:
            verb = "needs" if hidden == 1 else "need"
            st.html(f'<p class="k-quiet">{hidden} more {verb} a look.</p>', width="content")
            st.button("Show all", key="show_all_failed", on_click=state.shows_all_failed.set, args=(True,))
        if settled:
            st.button(
                f"Dismiss {len(settled)} failed",
                key="dismiss_all",
                type="tertiary",
                on_click=_dismiss_all,
                args=(studio, settled),
            )
            if kept := len(failed) - len(settled):
                verb = "stays" if kept == 1 else "stay"
                st.html(f'<p class="k-quiet">{kept} that may be paid {verb}.</p>', width="content")


@answering
def _dismiss_all(studio: Studio, task_ids: list[str]) -> None:
    state.shows_all_failed.set(False)
    for task_id in task_ids:
        studio.dismiss(task_id)


def _tell_ended(studio: Studio, ended: frozenset[str]) -> None:
    for task_id in ended:
        try:
            task = studio.task(task_id)
        except NotFound:
            continue
        if task.status is Status.COMPLETED:
            _tell(task, words.ready(task), ":material/check_circle:")
        elif task.status is Status.FAILED and task.dismissed_at is None:  # else it only fell off a long list
            _tell(task, f"{words.asked_for(task)} {words.why_failed(task)}.", ":material/error:")


def _tell(task: Task, heading: str, icon: str) -> None:
    state.tell(heading, icon=icon)
    news = (task.task_id, heading, words.one_line(task.request.prompt, FIRST_WORDS))
    state.ended.set((*state.ended.get(), news)[-MOST_NEWS:])
