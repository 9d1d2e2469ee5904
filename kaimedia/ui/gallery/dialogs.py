"""Dialogs of the gallery and styles. The open one is stored in the session, so background reruns keep it open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st

from kaimedia.studio import Studio
from kaimedia.ui import state
from kaimedia.ui.gallery import archive as gallery_archive
from kaimedia.ui.gallery import collections as gallery_collections
from kaimedia.ui.gallery import tags as gallery_tags
from kaimedia.ui.gallery import trash as gallery_trash
from kaimedia.ui.generate import mask_painting, own_styles, past_comparisons, style_from_result
from kaimedia.ui.rescue import import_dialog
from kaimedia.ui.settings import secrets_lines
from kaimedia.ui.shell import guarded
from kaimedia.ui.state import OpenDialog

Body = Callable[[Studio, OpenDialog], None]
# name → title, icon, content
DIALOGS: dict[str, tuple[str, str, Body]] = {
    "clear": ("Clear the whole gallery?", "delete_sweep", gallery_trash.ask_clear),
    "empty": ("Empty the trash?", "warning", gallery_trash.ask_empty),
    "purge": ("Delete forever?", "warning", gallery_trash.ask_purge),
    "tag": ("Add tags", "sell", gallery_tags.ask_add),
    "tags": ("Tags", "sell", gallery_tags.show_all),
    "collect": ("Add to a collection", "collections_bookmark", gallery_collections.ask_add),
    "collections": ("Collections", "collections_bookmark", gallery_collections.show_all),
    "rename": ("Rename the collection", "edit", gallery_collections.ask_rename),
    "delete": ("Delete the collection?", "collections_bookmark", gallery_collections.ask_delete),
    "archive": ("Download", "download", gallery_archive.ask),
    "style": ("Save as a style", "bookmark_add", style_from_result.ask),
    "styles": ("Your styles", "palette", own_styles.show_all),
    "comparisons": ("Past comparisons", "compare", past_comparisons.show_all),
    "style_rename": ("Rename the style", "edit", own_styles.ask_rename),
    import_dialog.DIALOG: ("Import by task ID", "move_to_inbox", import_dialog.ask),
    mask_painting.DIALOG: ("Paint the mask", "brush", mask_painting.ask),
    secrets_lines.DIALOG: ("Keep what you make", "save", secrets_lines.ask),
}
WIDE = frozenset({mask_painting.DIALOG, secrets_lines.DIALOG})


def show(studio: Studio) -> None:
    """Draw the dialog that is open, if any."""
    dialog = state.gallery_dialog.get()
    if dialog is None:
        return
    title, icon, body = DIALOGS[dialog.what]
    width: Literal["small", "large"] = "large" if dialog.what in WIDE else "small"
    st.dialog(title, icon=f":material/{icon}:", width=width, on_dismiss=_forget)(_inside)(studio, dialog, body)


def _inside(studio: Studio, dialog: OpenDialog, body: Body) -> None:
    with guarded(dialog.what):
        if state.gallery_dialog.get() != dialog:  # answered
            st.rerun()
        body(studio, dialog)


def _forget() -> None:
    state.gallery_dialog.set(None)
