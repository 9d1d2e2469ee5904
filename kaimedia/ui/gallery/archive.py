"""Downloads of several items on a host without our routes: the ZIP is created on request."""

from __future__ import annotations

import io
import tempfile

import streamlit as st

from kaimedia.domain import utc_now
from kaimedia.studio import Studio
from kaimedia.ui import ui_text
from kaimedia.ui.gallery import dialog_parts as gallery_dialog_parts
from kaimedia.ui.state import OpenDialog
from kaimedia.web.gallery import archive


def ask(studio: Studio, dialog: OpenDialog) -> None:
    """Draw the button that creates and downloads the ZIP."""
    st.markdown(f"{ui_text.items(len(dialog.ids))} as one ZIP file, with a list of the prompts.")
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.button("Cancel", key="archive_cancel", on_click=gallery_dialog_parts.close)
        st.download_button(
            "Download",
            data=lambda: written(studio, dialog.ids),
            file_name=f"kai-media-{utc_now():%Y%m%dT%H%M%SZ}.zip",
            mime="application/zip",
            key="archive_confirm",
            type="primary",
            on_click="ignore",
        )


def written(studio: Studio, ids: tuple[int, ...]) -> io.RawIOBase:
    """The archive as an unnamed open file, rewound; Streamlit reads all of it into memory."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - Streamlit reads it
    for piece in archive.stream(studio, ids):
        file.write(piece)
    file.seek(0)
    return file.detach()  # the only kind of file object Streamlit accepts here
