"""Shared parts of the gallery's dialogs."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from kaimedia.errors import InvalidRequest
from kaimedia.ui import state
from kaimedia.ui.gallery import facts as gallery_facts
from kaimedia.ui.shell import notify_errors

WORD = "DELETE"


def close() -> None:
    """Close the dialog. For callbacks only."""
    state.gallery_dialog.set(None)
    state.field_note.set(None)


def buttons(do: str, key: str, act: Callable[[], None], *, is_disabled: bool = False) -> None:
    """Cancel and confirm; `act` runs as a callback, then the dialog closes."""
    with st.container(horizontal=True, horizontal_alignment="right", key=f"{key}_actions"):
        st.button("Cancel", key=f"{key}_cancel", on_click=close)
        st.button(do, key=f"{key}_confirm", type="primary", on_click=_doing, args=(act,), disabled=is_disabled)


def submit(do: str, key: str, act: Callable[[], None]) -> None:
    """A form's submit button; the dialog closes unless `act`, a callback, raises InvalidRequest."""
    with st.container(horizontal=True, horizontal_alignment="right", key=f"{key}_actions"):
        st.form_submit_button(do, key=f"{key}_confirm", type="primary", on_click=_doing, args=(act,))


@notify_errors
def _doing(act: Callable[[], None]) -> None:
    state.field_note.set(None)
    gallery_facts.forget()
    try:
        act()
    except InvalidRequest as error:
        note(error)
    else:
        close()


def note(error: InvalidRequest) -> None:
    """Show the error at its field."""
    step = f" {error.next_step}" if error.has_own_step else ""
    state.field_note.set(state.FieldNote(error.field, error.message + step))


def is_confirmed(key: str) -> bool:
    """Draw the confirmation field; True once the word is typed."""
    typed = st.text_input(f"Type {WORD} to confirm", placeholder=WORD, key=f"{key}_word", live=True)
    return (typed or "").strip() == WORD
