"""Above the grid: how many results have no file any more, why, and what can be done."""

from __future__ import annotations

import streamlit as st

from kaimedia.studio import Studio
from kaimedia.ui import navigation, ui_text


def show(studio: Studio) -> None:
    """Draw the line, if files are known to be missing."""
    if not (number := studio.trash.missing_listing.count()):
        return
    with st.container(key="gallery_missing", gap="xxsmall"):
        st.html(f'<p class="k-status" data-tone="amber" role="status">{ui_text.escaped(text(number))}</p>')
        st.page_link(navigation.pages()["settings"], label="Open Settings", icon=":material/settings:")


def text(number: int) -> str:
    """What is said about that many missing files."""
    what = "1 result has no file" if number == 1 else f"{number:,} results have no file"
    return (
        f"{what} in the media storage: it was removed, or the disk was erased. What the provider still keeps can be "
        "fetched again, free of charge: open an item, or use Check files and Repair in Settings."
    )
