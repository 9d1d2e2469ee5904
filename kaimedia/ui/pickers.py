"""Widgets in a popover, for values that are also set elsewhere.

A closed popover has no widgets in the browser (Streamlit 1.67). If the server sets one of them, the browser misses the
new value and reports the old one with its next request, as if the user had chosen it again. So the value is kept apart
from its widget, the *picker*, whose key changes whenever the value is set from elsewhere.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from kaimedia.ui import state
from kaimedia.ui.state import Slot


def key_of(slot: Slot[Any]) -> str:
    """The key of the value's picker, to be drawn with the current value as its default."""
    turns = state.pickers.get()
    turn, last = turns.get(slot.key, (0, slot.default))
    value = slot.get()
    if value != last:
        turn += 1
    state.pickers.set({**turns, slot.key: (turn, value)})
    return f"pick_{slot.key}_{turn}"


def is_current(slot: Slot[Any], key: str) -> bool:
    """False for the report of a picker that no longer exists. For callbacks only."""
    turn, _ = state.pickers.get().get(slot.key, (0, slot.default))
    return key == f"pick_{slot.key}_{turn}" and key in st.session_state


def take(slot: Slot[Any], key: str) -> None:
    """Set the value that was picked. For callbacks only."""
    turn, _ = state.pickers.get().get(slot.key, (0, slot.default))
    value = st.session_state[key]
    state.pickers.set({**state.pickers.get(), slot.key: (turn, value)})
    slot.set(value)
