"""Save the text in the prompt field as a style."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import Modality
from kaimedia.errors import InvalidRequest, StoreError
from kaimedia.studio import Studio
from kaimedia.ui import state, ui_text
from kaimedia.ui.shell import notify_errors


def show(studio: Studio, modality: Modality) -> None:
    """Draw the name field, the button, and the last error."""
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
            st.html(f'<p class="k-own-problem" role="alert">{ui_text.escaped(note)}</p>')
        if taken := state.style_replacing.get():
            st.button(
                f"Replace {ui_text.plain_markdown(taken)}",
                key="style_replace",
                width="stretch",
                on_click=_save,
                args=(studio, modality, taken),
            )


def _renamed() -> None:
    state.style_note.set("")
    state.style_replacing.set(None)


@notify_errors
def _save(studio: Studio, modality: Modality, confirmed: str | None = None) -> None:
    """Save and select the style; clear the prompt field, or its text would be sent twice."""
    name = state.style_name.get().strip()
    is_confirmed = confirmed is not None and confirmed == name
    _renamed()
    try:
        style_id = studio.styles.save(name, state.prompt.get(), replace=is_confirmed)
    except (InvalidRequest, StoreError) as error:
        state.style_note.set(f"{error.message} {error.next_step}")
        if isinstance(error, InvalidRequest) and error.field == "name" and studio.styles.has_own(name):
            state.style_replacing.set(name)
        return
    state.style_name.set("")
    state.write_prompt("")
    # The replaced style may have been for one modality only; a style saved here is for both.
    state.preset_of(modality).set(style_id)
    state.notify(f"Saved and selected: {ui_text.plain_markdown(name)}. Now describe what it should show.")
