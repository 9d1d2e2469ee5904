"""The line that takes the last delete of this session back, for a moment; after that the trash still has the items."""

from __future__ import annotations

import time

import streamlit as st

from kaimedia.studio import Studio
from kaimedia.ui import state, words
from kaimedia.ui.shell import answering, guarded

OFFERED_S = 15.0


def note(media_ids: tuple[int, ...]) -> None:
    """This session has just deleted these: offer to undo it. For callbacks only."""
    state.deleted.set(media_ids)
    state.deleted_at_s.set(time.monotonic())


def show(studio: Studio) -> None:
    """Draw the line for what is left of its time."""
    if state.deleted.get() and (left_s := _left_s()) > 0:
        st.fragment(_bar, run_every=max(0.5, left_s))(studio)


def _left_s() -> float:
    return OFFERED_S - (time.monotonic() - state.deleted_at_s.get())


def _bar(studio: Studio) -> None:
    with guarded("undo"):
        if state.go_whole.take():
            st.rerun()
        if (deleted := state.deleted.get()) and _left_s() > 0:
            _draw(studio, deleted)


def _draw(studio: Studio, deleted: tuple[int, ...]) -> None:
    with st.container(key="undo_bar", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<p role="status">{words.items(len(deleted))} moved to the trash.</p>', width="content")
        st.button(
            "Undo", key="undo_delete", type="tertiary", icon=":material/undo:", on_click=_undo, args=(studio, deleted)
        )
        st.button("Close", key="undo_close", type="tertiary", icon=":material/close:", on_click=_close)


@answering
def _undo(studio: Studio, media_ids: tuple[int, ...]) -> None:
    _close()
    if brought_back := studio.restore_media(media_ids):
        state.tell(f"{words.items(len(brought_back))} brought back.", icon=":material/undo:")
    else:
        state.tell("That cannot be undone: it is back already, or gone for good.", is_error=True)


def _close() -> None:
    state.deleted.set(())
    state.go_whole.set(True)
