"""Prompt history: the last distinct prompts, with search; a click inserts one."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import Modality, utc_now
from kaimedia.studio import Studio, UsedPrompt
from kaimedia.ui import state, ui_text
from kaimedia.ui.generate import draft
from kaimedia.ui.shell import guarded, notify_errors

MOST = 40
ICONS = {Modality.IMAGE: ":material/image:", Modality.VIDEO: ":material/movie:"}


def show(studio: Studio) -> None:
    """Draw the button; the list is loaded only while it is open."""
    with st.container(key="history"):
        box = st.popover(
            "History", icon=":material/history:", type="tertiary", key=state.history_open.key, on_change="rerun"
        )
        if box.open:
            with box:
                st.fragment(_listed)(studio)


def _listed(studio: Studio) -> None:
    with guarded("history"), st.container(key="history_box", gap="small"):
        if state.needs_rerun.take():
            st.rerun()
        st.text_input(
            "Search your prompts",
            key=state.history_search.key,
            type="search",
            live=True,
            placeholder="Search your prompts",
            label_visibility="collapsed",
        )
        found = studio.prompts.recent(state.history_search.get(), MOST)
        if not found:
            is_search = bool(state.history_search.get().strip())
            text = "No prompts match." if is_search else "Your prompts are listed here, newest first."
            st.html(f'<p class="k-quiet" role="status">{text}</p>')
            return
        with st.container(key="history_list", gap="xsmall", height=340 if len(found) > 5 else "content"):
            for number, used in enumerate(found):
                _entry(studio, number, used)


def _entry(studio: Studio, number: int, used: UsedPrompt) -> None:
    label = ui_text.isolated(ui_text.plain_markdown(ui_text.one_line(used.text, 150)))
    when = ui_text.ago(used.used_at, utc_now()).replace(" ", "\N{NO-BREAK SPACE}")
    st.button(
        f"{label} :small[:gray[{when}]]",
        key=f"history_{number}",
        icon=ICONS[used.modality],
        width="stretch",
        on_click=_use,
        args=(studio, used.text),
    )


@notify_errors
def _use(studio: Studio, text: str) -> None:
    draft.put_prompt(studio, text, state.modality())
    state.field_note.set(None)
    state.history_open.set(False)
    state.needs_rerun.set(True)
