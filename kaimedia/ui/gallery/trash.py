"""The trash: its heading above the grid, and the confirmations for clearing, emptying and deleting."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from kaimedia.domain import MediaQuery, TrashState
from kaimedia.studio import TRASH_RETENTION, Studio, clear_question
from kaimedia.ui import state, ui_text, undo_bar
from kaimedia.ui.gallery import dialog_parts as gallery_dialog_parts
from kaimedia.ui.gallery import query as gallery_query
from kaimedia.ui.shell import notify_errors
from kaimedia.ui.state import OpenDialog

DAY = timedelta(days=1)
DAYS = TRASH_RETENTION.days


def show_head(studio: Studio, trash: TrashState, now: datetime) -> None:
    """The heading of the trash, with Restore all and Empty trash."""
    with st.container(key="gallery_head", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(
            f'<div class="k-view-head"><h2>Trash</h2><p>{ui_text.escaped(summary(trash, now))}</p></div>',
            width="content",
        )
        if trash.count:
            with st.container(horizontal=True, horizontal_alignment="right", gap="xsmall", key="trash_actions"):
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
                    on_click=state.gallery_dialog.set,
                    args=(OpenDialog("empty"),),
                )


def summary(trash: TrashState, now: datetime) -> str:
    """The trash's contents and retention: "Deleted items stay here for 30 days. 12 items, 48 MB."."""
    line = f"Deleted items stay here for {DAYS} days."
    if not trash.count:
        return line
    line += f" {ui_text.items(trash.count)}, {ui_text.file_size(trash.size_bytes)}."
    if trash.oldest_deleted_at is not None:
        left = -((now - trash.oldest_deleted_at - TRASH_RETENTION) // DAY)  # a started day counts as a day
        if left < DAYS:
            line += f" The oldest will be permanently deleted {'today' if left < 1 else f'in {ui_text.days(left)}'}."
    return line


@notify_errors
def _restore_all(studio: Studio) -> None:
    back = studio.trash.restore_all()
    state.deleted.set(())
    state.notify(f"{ui_text.items(len(back))} restored.", icon=":material/undo:")
    gallery_query.clear()


def ask_clear(studio: Studio, dialog: OpenDialog) -> None:
    """Confirm moving everything to the trash."""
    counts = studio.gallery.counts(MediaQuery())
    if not counts.all:
        st.markdown("Your gallery is already empty.")
        return
    st.markdown(clear_question(counts.all))
    if counts.working:
        st.markdown("Running tasks are not affected; their results will appear as usual.")
    is_sure = gallery_dialog_parts.is_confirmed("clear")

    def clear() -> None:
        undo_bar.note(tuple(studio.gallery.clear()))

    gallery_dialog_parts.buttons("Clear gallery", "clear", clear, is_disabled=not is_sure)


def ask_empty(studio: Studio, dialog: OpenDialog) -> None:
    """Confirm emptying the trash."""
    trash = studio.trash.state()
    if not trash.count:
        st.markdown("The trash is already empty.")
        return
    what = "The **only item** in the trash" if trash.count == 1 else f"All **{trash.count:,} items** in the trash"
    st.markdown(f"{what} ({ui_text.file_size(trash.size_bytes)}) will be permanently deleted. This can’t be undone.")
    is_sure = gallery_dialog_parts.is_confirmed("empty")

    def empty() -> None:
        gone = studio.trash.empty()
        state.deleted.set(())
        state.notify(f"{ui_text.items(gone)} permanently deleted.", icon=":material/delete_forever:")

    gallery_dialog_parts.buttons("Empty trash", "empty", empty, is_disabled=not is_sure)


def ask_purge(studio: Studio, dialog: OpenDialog) -> None:
    """Confirm permanently deleting some items of the trash."""
    these = "This item" if len(dialog.ids) == 1 else f"These {len(dialog.ids):,} items"
    st.markdown(f"{these} will be permanently deleted. This can’t be undone.")

    def purge_them() -> None:
        purge(studio, dialog.ids)

    gallery_dialog_parts.buttons("Delete forever", "purge", purge_them)


def purge(studio: Studio, ids: tuple[int, ...]) -> None:
    """Permanently delete items and notify the user. For callbacks only."""
    gone = studio.trash.delete_forever(ids)
    state.notify(f"{ui_text.items(gone)} permanently deleted.", icon=":material/delete_forever:")
