"""Save the text in the prompt field as a style of one's own."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import Modality
from kaimedia.errors import InvalidRequest, StoreError
from kaimedia.studio import Studio
from kaimedia.ui import state, words
from kaimedia.ui.shell import answering


def show(studio: Studio, modality: Modality) -> None:
    """Draw the name, the button, and what was wrong with the last try."""
    with st.container(key="style_saving", gap="xsmall"):
        st.text_input(
            "Name of the new style", key=state.style_name.key, max_chars=40, placeholder="Name", on_change=_renamed
        )
        st.button(
            "Save this as a style",
            key="style_save",
            icon=":material/bookmark_add:",
            width="stretch",
            on_click=_save,
            args=(studio, modality),
        )
        if note := state.style_note.get():
            st.html(f'<p class="k-own-problem" role="alert">{words.escaped(note)}</p>')
        if taken := state.style_replacing.get():
            st.button(
                f"Replace {words.plain_markdown(taken)}",
                key="style_replace",
                width="stretch",
                on_click=_save,
                args=(studio, modality, taken),
            )


def _renamed() -> None:
    state.style_note.set("")
    state.style_replacing.set(None)


@answering
def _save(studio: Studio, modality: Modality, confirmed: str | None = None) -> None:
    """Save and choose the style; its text leaves the prompt field, which would say it a second time."""
    name = state.style_name.get().strip()
    is_confirmed = confirmed is not None and confirmed == name
    _renamed()
    try:
        style_id = studio.save_style(name, state.prompt.get(), replace=is_confirmed)
    except (InvalidRequest, StoreError) as error:
        state.style_note.set(f"{error.message} {error.next_step}")
        if isinstance(error, InvalidRequest) and error.field == "name" and studio.has_own_style(name):
            state.style_replacing.set(name)
        return
    state.style_name.set("")
    state.write_prompt("")
    # A hand-written style may have been replaced that was for one kind only; what is saved here is for both.
    state.preset_of(modality).set(style_id)
    state.tell(f"Saved and chosen: {words.plain_markdown(name)}. Now write what it should show.")
