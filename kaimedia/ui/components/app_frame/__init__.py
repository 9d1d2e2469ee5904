"""Browser-side parts of every page: the shortcuts sheet, our entries in the menu at the top
right, and our own messages instead of Streamlit's dialogs about a lost connection or an unknown page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from kaimedia.providers.registry import logs
from kaimedia.ui.components import media_urls

HERE = Path(__file__).resolve().parent
HTML = """
<dialog class="sheet" aria-labelledby="sheet-title"><div class="in"></div></dialog>
<p class="offline" role="alert" hidden></p>
"""

_mount = st.components.v2.component(
    "kai_app_frame",
    html=HTML,
    css=(HERE / "app_frame.css").read_text(encoding="utf-8"),
    js=(HERE / "app_frame.js").read_text(encoding="utf-8"),
)


def show(*, may_sleep: bool = False) -> None:
    """Mount it; it takes no space and causes no reruns. `may_sleep`: this host stops apps that nobody visits."""
    with st.container(key="app_frame"):
        _mount(
            key="app_frame_script",
            data=[{"docs": "api/docs" if media_urls.are_routed() else "", "logs": logs(), "maySleep": may_sleep}],
        )
