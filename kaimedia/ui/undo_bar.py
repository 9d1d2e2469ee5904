"""The line that takes the last deletes back; later the trash still has them."""

from __future__ import annotations

import streamlit as st

from kaimedia.studio import Studio
from kaimedia.ui import state, words
from kaimedia.ui.shell import answering, guarded

LOOK_S = 30.0


def show(studio: Studio, *, only_of_this_session: bool = False) -> None:
    """Draw the line when something can be brought back; it goes when that time is over, or when closed.

    `only_of_this_session` offers the last batch deleted here, not what was deleted before a reload or elsewhere.
    """
    if _offered(studio, only_of_this_session):
        st.fragment(_bar, run_every=LOOK_S)(studio, only_of_this_session)


def _offered(studio: Studio, only_of_this_session: bool) -> tuple[int, ...]:
    hidden, last = state.undo_closed.get(), frozenset(state.deleted.get())
    deleted = tuple(each for each in studio.recently_deleted() if each not in hidden)
    return tuple(each for each in deleted if each in last) if only_of_this_session else deleted


def _bar(studio: Studio, only_of_this_session: bool) -> None:
    with guarded("undo"):
        if state.go_whole.take():
            st.rerun()
        if deleted := _offered(studio, only_of_this_session):
            _draw(studio, deleted)


def _draw(studio: Studio, deleted: tuple[int, ...]) -> None:
    last = tuple(sorted(frozenset(deleted) & frozenset(state.deleted.get())))
    with st.container(key="undo_bar", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<p role="status">{words.items(len(deleted))} moved to the trash.</p>', width="content")
        if last and len(last) < len(deleted):
            st.button("Undo last", key="undo_last", type="tertiary", on_click=_undo, args=(studio, last))
        name = "Undo" if len(last) in (0, len(deleted)) else "Undo all"
        st.button(
            name, key="undo_delete", type="tertiary", icon=":material/undo:", on_click=_undo, args=(studio, deleted)
        )
        st.button("Close", key="undo_close", type="tertiary", icon=":material/close:", on_click=_close, args=(deleted,))


@answering
def _undo(studio: Studio, media_ids: tuple[int, ...]) -> None:
    state.deleted.set(())
    state.go_whole.set(True)
    brought_back = studio.restore_media(media_ids)
    if brought_back:
        state.tell(f"{words.items(len(brought_back))} brought back.", icon=":material/undo:")
    else:
        state.tell("That cannot be undone: it is back already, or gone for good.", is_error=True)


def _close(media_ids: tuple[int, ...]) -> None:
    state.undo_closed.set(state.undo_closed.get() | frozenset(media_ids))
    state.go_whole.set(True)
