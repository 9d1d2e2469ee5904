"""Results that are generated and not saved yet: the time left, and a button that fetches one now."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import Status, Task, utc_now
from kaimedia.studio import Studio, left_text, unsaved_of
from kaimedia.ui import state, ui_text
from kaimedia.ui.shell import notify_errors


def show_time_left(studio: Studio, task: Task) -> None:
    """In the queue: how long the result of a task can be fetched, once a try to save it failed."""
    unsaved = unsaved_of(task)
    if unsaved is None or task.status is Status.COMPLETED or not (task.note_code or task.status is Status.FAILED):
        return
    st.html(f'<p class="k-quiet">{ui_text.escaped(left_text(unsaved, utc_now()))}</p>')
    if task.status is not Status.FAILED:  # a failed one has a button for it
        fetch_button(studio, task.task_id, key="fetch_now")


def fetch_button(studio: Studio, task_id: str, *, key: str) -> None:
    """The button that tries to save a result now."""
    st.button("Fetch now", key=f"{key}_{task_id}", icon=":material/download:", on_click=_fetch, args=(studio, task_id))


@notify_errors
def _fetch(studio: Studio, task_id: str) -> None:
    studio.rescue.unsaved.fetch(task_id)
    state.notify("Fetching the result. This is free.", icon=":material/download:")
