"""The bar that offers to undo this session's last delete for a short time; the trash keeps the items longer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from kaimedia.studio import DeletedStyle, Studio
from kaimedia.ui import state, ui_text
from kaimedia.ui.shell import guarded, notify_errors

OFFERED_S = 15.0


def note(media_ids: tuple[int, ...]) -> None:
    """Offer to undo the delete of these items. For callbacks only."""
    state.deleted.set(media_ids)
    state.deleted_style.set(None)
    state.deleted_at_s.set(time.monotonic())


def note_style(deleted: DeletedStyle) -> None:
    """Offer to undo the delete of this style. For callbacks only."""
    note(())
    state.deleted_style.set(deleted)


def show(studio: Studio) -> None:
    """Draw the bar until its time is up."""
    if _has_something() and (left_s := _left_s()) > 0:
        st.fragment(_bar, run_every=max(0.5, left_s))(studio)


def _has_something() -> bool:
    return bool(state.deleted.get()) or state.deleted_style.get() is not None


def _left_s() -> float:
    return OFFERED_S - (time.monotonic() - state.deleted_at_s.get())


def _bar(studio: Studio) -> None:
    with guarded("undo"):
        if state.needs_rerun.take():
            st.rerun()
        if _left_s() <= 0:
            return
        if style := state.deleted_style.get():
            _draw(f"Style “{ui_text.isolated(style.name)}” deleted.", _undo_style, (studio, style))
        elif deleted := state.deleted.get():
            _draw(f"{ui_text.items(len(deleted))} moved to the trash.", _undo, (studio, deleted))


def _draw(text: str, undo: Callable[..., None], args: tuple[Any, ...]) -> None:
    with st.container(key="undo_bar", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<p role="status">{ui_text.escaped(text)}</p>', width="content")
        st.button("Undo", key="undo_delete", type="tertiary", icon=":material/undo:", on_click=undo, args=args)
        st.button("Close", key="undo_close", type="tertiary", icon=":material/close:", on_click=_close)


@notify_errors
def _undo(studio: Studio, media_ids: tuple[int, ...]) -> None:
    _close()
    if brought_back := studio.gallery.restore(media_ids):
        state.notify(f"{ui_text.items(len(brought_back))} restored.", icon=":material/undo:")
    else:
        state.notify("This can’t be undone: it was already restored or permanently deleted.", is_error=True)


@notify_errors
def _undo_style(studio: Studio, deleted: DeletedStyle) -> None:
    studio.styles.restore(deleted)
    _close()
    state.notify(f"Style “{deleted.name}” restored.", icon=":material/undo:")


def _close() -> None:
    state.deleted.set(())
    state.deleted_style.set(None)
    state.needs_rerun.set(True)
