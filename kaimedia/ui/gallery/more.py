"""The gallery's More menu: trash, collections, tags, import, clear all."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import GalleryView
from kaimedia.ui import state
from kaimedia.ui.gallery import query as gallery_query
from kaimedia.ui.gallery.facts import Choices
from kaimedia.ui.rescue import import_dialog
from kaimedia.ui.state import OpenDialog

KEY = "gallery_more"


def show(known: Choices) -> None:
    """Draw the menu; it has Clear all only while the view shows what would be cleared."""
    options = {"trash": f"Trash ({known.whole.trash:,})", "collections": "Collections", "tags": "Tags"}
    options[import_dialog.DIALOG] = "Import by task ID…"
    if known.whole.all and state.gallery_view.get() == state.gallery_view.default:
        options["clear"] = "Clear all…"
    st.menu_button(
        "More",
        list(options),
        key=KEY,
        icon=":material/more_horiz:",
        format_func=options.__getitem__,
        on_click=_chosen,
    )


def _chosen() -> None:
    choose(str(st.session_state.get(KEY) or ""))


def choose(what: str) -> None:
    """Run a menu entry. For callbacks only."""
    if what == "trash":
        gallery_query.show_view(GalleryView.TRASH)
    elif what in ("collections", "tags", import_dialog.DIALOG, "clear"):
        state.gallery_dialog.set(OpenDialog(what))
