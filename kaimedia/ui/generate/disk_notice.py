"""The notice above the button while this host erases its disk: what is made is not kept."""

from __future__ import annotations

import streamlit as st

from kaimedia.studio import Studio
from kaimedia.ui import notices, state
from kaimedia.ui.settings import secrets_lines
from kaimedia.ui.state import OpenDialog


def show(studio: Studio) -> None:
    """Draw what is lost and the way out; nothing where everything stays."""
    loss = studio.settings.disk_loss()
    if loss is None:
        return
    with st.container(key="disk_notice", gap="xsmall"):
        notices.alert(f"{loss.title}.", f"{loss.text} {loss.next_step}")
        st.button("Show the lines to paste", icon=":material/save:", key="disk_notice_open", on_click=_open_lines)


def _open_lines() -> None:
    state.gallery_dialog.set(OpenDialog(secrets_lines.DIALOG))
