"""The trash: its line above the grid, and the questions before things go there or for good."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from kaimedia.domain import MediaQuery, TrashState
from kaimedia.studio import TRASH_KEPT, Studio, clear_question
from kaimedia.ui import gallery_dialog_parts, gallery_query, state, undo_bar, words
from kaimedia.ui.shell import answering
from kaimedia.ui.state import Ask

DAY = timedelta(days=1)
DAYS = TRASH_KEPT.days


def show_head(studio: Studio, trash: TrashState, now: datetime) -> None:
    """The line at the top of the trash, with its two ways out."""
    with st.container(key="gallery_head", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<div class="k-shelf"><h2>Trash</h2><p>{words.escaped(said(trash, now))}</p></div>', width="content")
        if trash.count:
            with st.container(horizontal=True, horizontal_alignment="right", gap="xsmall", key="trash_doors"):
                st.button(
                    "Restore all",
                    key="restore_all",
                    icon=":material/undo:",
                    on_click=_restore_all,
                    args=(studio,),
                )
                st.button(
                    "Empty trash",
                    key="empty_trash",
                    icon=":material/delete_forever:",
                    on_click=state.gallery_ask.set,
                    args=(Ask("empty"),),
                )


def said(trash: TrashState, now: datetime) -> str:
    """What lies there and for how long: "Deleted items stay here for 30 days. 12 items, 48 MB."."""
    line = f"Deleted items stay here for {DAYS} days."
    if not trash.count:
        return line
    line += f" {words.items(trash.count)}, {words.file_size(trash.size_bytes)}."
    if trash.oldest_deleted_at is not None:
        left = -((now - trash.oldest_deleted_at - TRASH_KEPT) // DAY)  # days begun count
        if left < DAYS:
            line += f" The first {'goes today' if left < 1 else f'goes in {words.days(left)}'}."
    return line


@answering
def _restore_all(studio: Studio) -> None:
    back = studio.restore_all()
    state.deleted.set(())
    state.tell(f"{words.items(len(back))} brought back.", icon=":material/undo:")
    gallery_query.clear()


def ask_clear(studio: Studio, ask: Ask) -> None:
    """Everything into the trash."""
    counts = studio.gallery_counts(MediaQuery())
    if not counts.all:
        st.markdown("Your gallery is empty already.")
        return
    st.markdown(clear_question(counts.all))
    if counts.working:
        st.markdown("Running tasks are left alone; their results will appear as usual.")
    is_sure = gallery_dialog_parts.is_confirmed("clear")

    def clear() -> None:
        undo_bar.note(tuple(studio.clear_media()))

    gallery_dialog_parts.buttons("Keep everything", "Clear gallery", "clear", clear, is_disabled=not is_sure)


def ask_empty(studio: Studio, ask: Ask) -> None:
    """All of the trash for good."""
    trash = studio.trash()
    if not trash.count:
        st.markdown("The trash is empty already.")
        return
    what = "The **one item** in it" if trash.count == 1 else f"All **{trash.count:,} items** in it"
    st.markdown(f"{what} ({words.file_size(trash.size_bytes)}) will be deleted for good. This can’t be undone.")
    is_sure = gallery_dialog_parts.is_confirmed("empty")

    def empty() -> None:
        gone = studio.empty_trash()
        state.deleted.set(())
        state.tell(f"{words.items(gone)} deleted for good.", icon=":material/delete_forever:")

    gallery_dialog_parts.buttons("Keep them", "Empty trash", "empty", empty, is_disabled=not is_sure)


def ask_purge(studio: Studio, ask: Ask) -> None:
    """Some of the trash for good."""
    these = "This item" if len(ask.ids) == 1 else f"These {len(ask.ids):,} items"
    st.markdown(f"{these} will be deleted for good. This can’t be undone.")

    def purge_them() -> None:
        purge(studio, ask.ids)

    name = "Delete" if len(ask.ids) == 1 else f"Delete {len(ask.ids):,}"
    gallery_dialog_parts.buttons("Keep", name, "purge", purge_them)


def purge(studio: Studio, ids: tuple[int, ...]) -> None:
    """Delete these for good and say so. For callbacks only."""
    gone = studio.delete_forever(ids)
    state.tell(f"{words.items(gone)} deleted for good.", icon=":material/delete_forever:")
