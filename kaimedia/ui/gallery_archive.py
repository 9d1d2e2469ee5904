"""Downloading many items where a host runs the pages without our routes: the ZIP is made when it is asked for."""

from __future__ import annotations

import io
import tempfile

import streamlit as st

from kaimedia.domain import utc_now
from kaimedia.feed import archive
from kaimedia.studio import Studio
from kaimedia.ui import gallery_dialog_parts, words
from kaimedia.ui.state import Ask


def ask(studio: Studio, ask: Ask) -> None:
    """The button that makes the file and hands it out."""
    st.markdown(f"{words.items(len(ask.ids))} as one ZIP file, with a list of the prompts.")
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.button("Cancel", key="archive_keep", on_click=gallery_dialog_parts.close)
        st.download_button(
            "Download",
            data=lambda: written(studio, ask.ids),
            file_name=f"kai-media-{utc_now():%Y%m%dT%H%M%SZ}.zip",
            mime="application/zip",
            key="archive_confirm",
            type="primary",
            on_click="ignore",
        )


def written(studio: Studio, ids: tuple[int, ...]) -> io.RawIOBase:
    """The archive as an open file without a name, at its beginning; Streamlit reads it whole into memory."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - Streamlit reads it
    for piece in archive.stream(studio, ids):
        file.write(piece)
    file.seek(0)
    return file.detach()  # of what can be read, Streamlit takes raw files
