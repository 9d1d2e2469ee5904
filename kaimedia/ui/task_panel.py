"""The running and failed tasks, polled only while something runs."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import ErrorCode, Status, Task, utc_now
from kaimedia.errors import NotFound
from kaimedia.studio import Studio
from kaimedia.ui import draft, notices, state, task_card, words
from kaimedia.ui.shell import answering, guarded

POLL_S = 1.0
MOST_FAILED = 4


def show(studio: Studio) -> int:
    """Draw the cards and keep them current; returns how many there are now."""
    shown = studio.shown_tasks()
    state.running.set(_running_ids(shown))
    # A number, never "1s": a text makes Streamlit import pandas.
    st.fragment(_cards, run_every=POLL_S if state.running.get() else None)(studio)
    return len(shown)


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
        if shown:
            _draw(studio, shown, len(now_running))
        notices.show_waiting()


def _draw(studio: Studio, shown: list[Task], running: int) -> None:
    if running:
        st.html(f'<h2 class="k-section">In progress <span>{running}</span></h2>')
    else:
        st.html('<h2 class="k-section">Needs a look</h2>')
    now = utc_now()
    failed = [task for task in shown if task.status is Status.FAILED]
    active = [task for task in shown if task.status is not Status.FAILED]
    grid = st.grid(2, min_column_width=330, gap="small", key="task_grid")
    for task in (*active, *failed[:MOST_FAILED]):
        with grid.cell():
            task_card.show(studio, task, draft.spec_of(studio, task.model), now)
    if len(failed) > MOST_FAILED:
        _more_failed(studio, failed)


def _more_failed(studio: Studio, failed: list[Task]) -> None:
    """Many failures must not push the results out of sight."""
    settled = [task.task_id for task in failed if task.error_code is not ErrorCode.OUTCOME_UNKNOWN]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="more_failed"):
        st.html(f'<p class="k-quiet">{len(failed) - MOST_FAILED} more need a look.</p>', width="content")
        st.button(
            f"Dismiss {len(settled)} failed",
            key="dismiss_all",
            type="tertiary",
            on_click=_dismiss_all,
            args=(studio, settled),
        )


@answering
def _dismiss_all(studio: Studio, task_ids: list[str]) -> None:
    for task_id in task_ids:
        studio.dismiss(task_id)


def _tell_ended(studio: Studio, ended: frozenset[str]) -> None:
    for task_id in ended:
        try:
            task = studio.task(task_id)
        except NotFound:
            continue
        if task.status is Status.COMPLETED:
            state.tell(words.ready(task), icon=":material/check_circle:")
        elif task.dismissed_at is None:
            state.tell(f"{words.asked_for(task)} {words.why_failed(task)}.", icon=":material/error:")
