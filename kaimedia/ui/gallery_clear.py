"""Clear all: asked for by typing DELETE."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import MediaQuery
from kaimedia.studio import Studio
from kaimedia.ui import state
from kaimedia.ui.shell import guarded

WORD = "DELETE"


def button(studio: Studio) -> None:
    """The button that opens the question."""
    if st.button("Clear all", key="clear_all", type="tertiary", icon=":material/delete_sweep:"):
        _ask(studio)


@st.dialog("Clear the whole gallery?", icon=":material/warning:")
def _ask(studio: Studio) -> None:
    with guarded("clear"):
        total = studio.list_media(MediaQuery(limit=1)).total
        running = len(state.running.get()) or sum(1 for task in studio.shown_tasks() if task.status != "failed")
        if not total:
            st.markdown("Your gallery is empty already.")
            return
        items = "The **one item** in it" if total == 1 else f"All **{total:,} items**"
        st.markdown(f"{items} will be deleted. This can’t be undone after 15 minutes.")
        if running:
            st.markdown("Running tasks are left alone; their results will appear as usual.")
        typed = st.text_input(f"Type {WORD} to confirm", placeholder=WORD, key="clear_word", live=True)
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Keep everything", key="clear_keep"):
                st.rerun()
            if st.button("Clear gallery", type="primary", key="clear_confirm", disabled=(typed or "").strip() != WORD):
                state.deleted.set(tuple(studio.clear_media()))
                st.rerun()
