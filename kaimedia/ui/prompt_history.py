"""Earlier prompts: the last distinct ones, searched by words; a click puts one in."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import Modality, utc_now
from kaimedia.studio import Studio, UsedPrompt
from kaimedia.ui import draft, state, words
from kaimedia.ui.shell import answering, guarded

MOST = 40
ICONS = {Modality.IMAGE: ":material/image:", Modality.VIDEO: ":material/movie:"}


def show(studio: Studio) -> None:
    """Draw the button; the list is read only while it is open."""
    with st.container(key="history"):
        box = st.popover(
            "History", icon=":material/history:", type="tertiary", key=state.history_open.key, on_change="rerun"
        )
        if box.open:
            with box:
                st.fragment(_listed)(studio)


def _listed(studio: Studio) -> None:
    with guarded("history"), st.container(key="history_box", gap="small"):
        if state.go_whole.take():
            st.rerun()
        st.text_input(
            "Search your prompts",
            key=state.history_words.key,
            type="search",
            live=True,
            placeholder="Search your prompts",
            label_visibility="collapsed",
        )
        found = studio.recent_prompts(state.history_words.get(), MOST)
        if not found:
            is_search = bool(state.history_words.get().strip())
            text = "No prompt has these words." if is_search else "What you generate is listed here, newest first."
            st.html(f'<p class="k-quiet" role="status">{text}</p>')
            return
        with st.container(key="history_list", gap="xsmall", height=340 if len(found) > 5 else "content"):
            for number, used in enumerate(found):
                _entry(studio, number, used)


def _entry(studio: Studio, number: int, used: UsedPrompt) -> None:
    label = words.isolated(words.plain_markdown(words.one_line(used.text, 150)))
    when = words.ago(used.used_at, utc_now()).replace(" ", "\N{NO-BREAK SPACE}")
    st.button(
        f"{label} :small[:gray[{when}]]",
        key=f"history_{number}",
        icon=ICONS[used.modality],
        width="stretch",
        on_click=_use,
        args=(studio, used.text),
    )


@answering
def _use(studio: Studio, text: str) -> None:
    draft.put_prompt(studio, text, state.modality())
    state.field_note.set(None)
    state.history_open.set(False)
    state.go_whole.set(True)
