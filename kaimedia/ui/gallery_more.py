"""What is done with the gallery as a whole: trash, collections, tags, clearing."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import Shelf
from kaimedia.ui import gallery_query, state
from kaimedia.ui.gallery_facts import Choices
from kaimedia.ui.state import Ask

KEY = "gallery_more"


def show(known: Choices) -> None:
    """Draw the menu; Clear all is in it only where it shows what it would clear."""
    options = {"trash": f"Trash ({known.whole.trash:,})", "collections": "Collections", "tags": "Tags"}
    if known.whole.all and state.gallery_shelf.get() == state.gallery_shelf.default:
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
    """Do what an entry of the menu says. For callbacks only."""
    if what == "trash":
        gallery_query.show_shelf(Shelf.TRASH)
    elif what in ("collections", "tags", "clear"):
        state.gallery_ask.set(Ask(what))
