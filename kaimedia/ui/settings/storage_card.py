"""The storage card: disk use, the trash, and where files are stored."""

from __future__ import annotations

import streamlit as st

import kaimedia
from kaimedia.domain import GalleryView
from kaimedia.studio import TRASH_RETENTION, Studio
from kaimedia.ui import navigation, state, ui_text
from kaimedia.ui.gallery import dialogs as gallery_dialogs
from kaimedia.ui.gallery import query as gallery_query
from kaimedia.ui.shell import guarded
from kaimedia.ui.state import OpenDialog


def show(studio: Studio) -> None:
    """Draw the facts and the trash actions."""
    st.fragment(_card)(studio)


def _card(studio: Studio) -> None:
    with guarded("storage"):
        _facts(studio)
        _trash(studio)
        gallery_dialogs.show(studio)


def _facts(studio: Studio) -> None:
    disk, places = studio.trash.disk_use(), studio.settings.places()
    facts = {
        "Media": ui_text.file_size(disk.media_bytes - disk.trash_bytes),
        "Trash": ui_text.file_size(disk.trash_bytes),
        **({} if disk.free_bytes is None else {"Free": ui_text.file_size(disk.free_bytes)}),
        "Media files": places["media"],
        "Database": places["database"],
        "Version": kaimedia.__version__,
    }
    rows = "".join(
        f"<dt>{ui_text.escaped(name)}</dt><dd>{ui_text.escaped(value)}</dd>" for name, value in facts.items()
    )
    st.html(f'<dl class="k-facts k-paths">{rows}</dl>')
    if older := places.get("older database"):
        st.html(f'<p class="k-quiet">{ui_text.escaped(older)}</p>')


def _trash(studio: Studio) -> None:
    trash = studio.trash.state()
    if not trash.count:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.button(
            "Empty trash",
            key="empty_trash",
            icon=":material/delete_forever:",
            on_click=state.gallery_dialog.set,
            args=(OpenDialog("empty"),),
        )
        st.page_link(
            navigation.pages()["gallery"],
            label="Open the trash",
            query_params={state.gallery_view.key: gallery_query.VIEW_LABELS[GalleryView.TRASH]},
        )
    st.html(
        f'<p class="k-quiet">{ui_text.items(trash.count)} in the trash. '
        f"Deleted items stay there for {TRASH_RETENTION.days} days.</p>"
    )
