"""Save a result's prompt as a style, with the result as its example image."""

from __future__ import annotations

import streamlit as st

from kaimedia.errors import InvalidRequest, StoreError
from kaimedia.studio import Studio
from kaimedia.ui import notices, state, ui_text
from kaimedia.ui.components import media_urls
from kaimedia.ui.gallery import dialog_parts as gallery_dialog_parts
from kaimedia.ui.shell import notify_errors
from kaimedia.ui.state import OpenDialog

MAX_NAME_CHARS = 40


def propose(prompt: str) -> None:
    """Fill the form with this text and no name. For callbacks only."""
    state.field_note.set(None)
    state.result_style_name.set("")
    state.result_style_text.set(prompt)
    state.result_style_taken.set("")


def ask(studio: Studio, dialog: OpenDialog) -> None:
    """Draw the form for the name and the text."""
    found = studio.gallery.by_ids(dialog.ids)
    name = (found[0].thumbnail_path or found[0].poster_path) if found else None
    with st.form("result_style_form", border=False):
        if name:
            st.html(f'<img class="k-example" src="{media_urls.for_html(name)}" alt="The style’s example image">')
        st.text_input(
            "Name",
            key=state.result_style_name.key,
            max_chars=MAX_NAME_CHARS,
            placeholder="Wet ink",
            autocomplete="off",
        )
        notices.field_note("name")
        # Passed as a value, not through the session: that would be lost if another run starts before this is drawn.
        st.text_area("Text", state.result_style_text.get(), key=_text_key(dialog.ids[0]), height=150)
        notices.field_note("text")
        st.html(
            '<p class="k-quiet">Remove what only describes this image. Your next subject goes where '
            "<code>{prompt}</code> is, or in front of the text.</p>"
        )
        with st.container(horizontal=True, horizontal_alignment="right", key="result_style_buttons"):
            if taken := state.result_style_taken.get():
                st.form_submit_button(
                    f"Replace {ui_text.plain_markdown(ui_text.isolated(taken))}",
                    key="result_style_replace",
                    on_click=_save,
                    args=(studio, dialog.ids[0], taken),
                )
            st.form_submit_button(
                "Save", key="result_style_save", type="primary", on_click=_save, args=(studio, dialog.ids[0])
            )


def _text_key(media_id: int) -> str:
    return f"result_style_text_{media_id}"


@notify_errors
def _save(studio: Studio, media_id: int, confirmed: str = "") -> None:
    """Save the style; on an error the dialog stays open and shows it."""
    name = state.result_style_name.get().strip()
    is_confirmed = bool(name) and confirmed == name
    state.field_note.set(None)
    state.result_style_taken.set("")
    try:
        text = str(st.session_state.get(_text_key(media_id)) or "")
        studio.styles.save(name, text, replace=is_confirmed, media_id=media_id)
    except (InvalidRequest, StoreError) as error:
        field = error.field if isinstance(error, InvalidRequest) else "name"
        state.field_note.set(state.FieldNote(field, f"{error.message} {error.next_step}"))
        if isinstance(error, InvalidRequest) and error.field == "name" and studio.styles.has_own(name):
            state.result_style_taken.set(name)
        return
    gallery_dialog_parts.close()
    state.notify(f"Style “{name}” saved. Choose it under Style on Generate.", icon=":material/palette:")
