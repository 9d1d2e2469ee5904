"""What the gallery's dialogs have in common."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from kaimedia.errors import InvalidRequest
from kaimedia.ui import gallery_facts, state
from kaimedia.ui.shell import answering

WORD = "DELETE"


def close() -> None:
    """Close the dialog. For callbacks only."""
    state.gallery_ask.set(None)
    state.field_note.set(None)


def buttons(keep: str, do: str, key: str, act: Callable[[], None], *, is_disabled: bool = False) -> None:
    """The way back and the way on; `act` runs as a callback, then the dialog closes."""
    with st.container(horizontal=True, horizontal_alignment="right", key=f"{key}_doors"):
        st.button(keep, key=f"{key}_keep", on_click=close)
        st.button(do, key=f"{key}_confirm", type="primary", on_click=_doing, args=(act,), disabled=is_disabled)


def submit(do: str, key: str, act: Callable[[], None]) -> None:
    """The button of a form; the dialog closes unless `act`, a callback, finds something wrong in a field."""
    with st.container(horizontal=True, horizontal_alignment="right", key=f"{key}_doors"):
        st.form_submit_button(do, key=f"{key}_confirm", type="primary", on_click=_doing, args=(act,))


@answering
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
    """Say at the field what is wrong with it."""
    step = "" if error.next_step == error.default_next_step else f" {error.next_step}"
    state.field_note.set(state.FieldNote(error.field, error.message + step))


def is_confirmed(key: str) -> bool:
    """Ask for the word; True once it stands there."""
    typed = st.text_input(f"Type {WORD} to confirm", placeholder=WORD, key=f"{key}_word", live=True)
    return (typed or "").strip() == WORD
