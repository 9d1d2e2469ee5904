"""The line that undoes the last delete of this session, for a moment; after that the trash still has the items."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from kaimedia.studio import DeletedStyle, Studio
from kaimedia.ui import state, words
from kaimedia.ui.shell import answering, guarded

OFFERED_S = 15.0


def note(media_ids: tuple[int, ...]) -> None:
    """This session has just deleted these: offer to undo it. For callbacks only."""
    state.deleted.set(media_ids)
    state.deleted_style.set(None)
    state.deleted_at_s.set(time.monotonic())


def note_style(deleted: DeletedStyle) -> None:
    """This session has just deleted this style: offer to undo it. For callbacks only."""
    note(())
    state.deleted_style.set(deleted)


def show(studio: Studio) -> None:
    """Draw the line for what is left of its time."""
    if _has_something() and (left_s := _left_s()) > 0:
        st.fragment(_bar, run_every=max(0.5, left_s))(studio)


def _has_something() -> bool:
    return bool(state.deleted.get()) or state.deleted_style.get() is not None


def _left_s() -> float:
    return OFFERED_S - (time.monotonic() - state.deleted_at_s.get())


def _bar(studio: Studio) -> None:
    with guarded("undo"):
        if state.go_whole.take():
            st.rerun()
        if _left_s() <= 0:
            return
        if style := state.deleted_style.get():
            _draw(f"Style “{words.isolated(style.name)}” deleted.", _undo_style, (studio, style))
        elif deleted := state.deleted.get():
            _draw(f"{words.items(len(deleted))} moved to the trash.", _undo, (studio, deleted))


def _draw(text: str, undo: Callable[..., None], args: tuple[Any, ...]) -> None:
    with st.container(key="undo_bar", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<p role="status">{words.escaped(text)}</p>', width="content")
        st.button("Undo", key="undo_delete", type="tertiary", icon=":material/undo:", on_click=undo, args=args)
        st.button("Close", key="undo_close", type="tertiary", icon=":material/close:", on_click=_close)


@answering
def _undo(studio: Studio, media_ids: tuple[int, ...]) -> None:
    _close()
    if brought_back := studio.restore_media(media_ids):
        state.tell(f"{words.items(len(brought_back))} brought back.", icon=":material/undo:")
    else:
        state.tell("That cannot be undone: it is back already, or gone for good.", is_error=True)


@answering
def _undo_style(studio: Studio, deleted: DeletedStyle) -> None:
    studio.restore_style(deleted)
    _close()
    state.tell(f"Style “{deleted.name}” brought back.", icon=":material/undo:")


def _close() -> None:
    state.deleted.set(())
    state.deleted_style.set(None)
    state.go_whole.set(True)
