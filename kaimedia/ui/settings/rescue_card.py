"""The rescue card: results that are not saved yet, and import of tasks that are not here."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from kaimedia.domain import utc_now
from kaimedia.studio import Studio, Unsaved, left_text
from kaimedia.ui import state, ui_text
from kaimedia.ui.rescue import fetching, import_dialog
from kaimedia.ui.shell import guarded, notify_errors
from kaimedia.ui.state import OpenDialog

REFRESH_S = 3.0  # while results are fetched
MAX_ROWS = 10
PROMPT_CHARS = 80


def show(studio: Studio) -> None:
    """Draw the list and the button that opens the import; while something is fetched, the list follows it."""
    is_fetching = _is_fetching(studio.rescue.unsaved.list())
    st.fragment(_unsaved, run_every=REFRESH_S if is_fetching else None)(studio, is_fetching)
    if offered := studio.rescue.backfill.last.offered:
        text = (
            f"{ui_text.counted(offered, 'result')} missing from the storage can still be fetched, free of charge. "
            "If this is the right storage, use Check files and Repair below."
        )
        st.html(f'<p class="k-status" data-tone="amber">{ui_text.escaped(text)}</p>')
    st.button(
        "Import by task ID",
        key="open_import",
        icon=":material/move_to_inbox:",
        on_click=state.gallery_dialog.set,
        args=(OpenDialog(import_dialog.DIALOG),),
    )
    st.html('<p class="k-quiet">For results made elsewhere, before this app, or by a task whose reply was lost.</p>')


def _is_fetching(listed: Sequence[Unsaved]) -> bool:
    return any(each.is_being_fetched for each in listed)


def _unsaved(studio: Studio, was_fetching: bool) -> None:
    with guarded("rescue"):
        listed = studio.rescue.unsaved.list()
        if _is_fetching(listed) != was_fetching:
            st.rerun()
        many = ui_text.counted(len(listed), "result")
        text = f"{many} generated, not saved yet" if listed else "Every result is saved."
        st.html(f'<p class="k-unsaved" role="status">{ui_text.escaped(text)}</p>')
        for each in listed[:MAX_ROWS]:
            _row(studio, each)
        if len(listed) > 1:
            st.button("Fetch all now", key="fetch_all", icon=":material/download:", on_click=_all, args=(studio,))


def _row(studio: Studio, each: Unsaved) -> None:
    task = each.task
    title = ui_text.one_line(task.request.prompt, PROMPT_CHARS) or ui_text.output_label(task)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"unsaved_{task.task_id}"):
        st.html(
            f'<p class="k-unsaved-row"><b>{ui_text.escaped(title)}</b> '
            f"<span>{ui_text.escaped(left_text(each, utc_now()))}</span></p>"
        )
        fetching.fetch_button(studio, task.task_id, key="fetch_unsaved")


@notify_errors
def _all(studio: Studio) -> None:
    number = studio.rescue.unsaved.fetch_all()
    state.notify(f"Fetching {ui_text.counted(number, 'result')}. This is free.", icon=":material/download:")
