"""Where the work is kept: room taken and left, the trash, the places."""

from __future__ import annotations

import streamlit as st

import kaimedia
from kaimedia.domain import Shelf
from kaimedia.studio import TRASH_KEPT, Studio
from kaimedia.ui import gallery_dialogs, gallery_query, navigation, state, words
from kaimedia.ui.shell import guarded
from kaimedia.ui.state import Ask


def show(studio: Studio) -> None:
    """Draw the facts and the ways into and out of the trash."""
    st.fragment(_card)(studio)


def _card(studio: Studio) -> None:
    with guarded("storage"):
        _facts(studio)
        _trash(studio)
        gallery_dialogs.show(studio)


def _facts(studio: Studio) -> None:
    disk, places = studio.disk_use(), studio.places()
    facts = {
        "Media": words.file_size(disk.media_bytes - disk.trash_bytes),
        "Trash": words.file_size(disk.trash_bytes),
        "Free": "not known" if disk.free_bytes is None else words.file_size(disk.free_bytes),
        "Media files": places["media"],
        "Database": places["database"],
        "Version": kaimedia.__version__,
    }
    rows = "".join(f"<dt>{words.escaped(name)}</dt><dd>{words.escaped(value)}</dd>" for name, value in facts.items())
    st.html(f'<dl class="k-facts k-paths">{rows}</dl>')
    if older := places.get("older database"):
        st.html(f'<p class="k-quiet">{words.escaped(older)}</p>')


def _trash(studio: Studio) -> None:
    trash = studio.trash()
    if not trash.count:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.button(
            "Empty trash",
            key="empty_trash",
            icon=":material/delete_forever:",
            on_click=state.gallery_ask.set,
            args=(Ask("empty"),),
        )
        st.page_link(
            navigation.pages()["gallery"],
            label="Open the trash",
            query_params={state.gallery_shelf.key: gallery_query.SHELF_LABELS[Shelf.TRASH]},
        )
    st.html(
        f'<p class="k-quiet">{words.items(trash.count)} in the trash. '
        f"What is deleted stays there for {TRASH_KEPT.days} days.</p>"
    )
