"""A live character counter over a text area; Streamlit's own shows only while typing. Also keeps what was typed."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent
HTML = """
<div class="k-meter" aria-hidden="true"></div>
<span class="vh" aria-live="polite"></span>
"""

_mount = st.components.v2.component(
    "kai_prompt_meter", html=HTML, js=(HERE / "meter.js").read_text(encoding="utf-8"), isolate_styles=False
)


def show(*, target: str, limit: int) -> None:
    """Count the text area below the CSS selector `target` against `limit` characters.

    Leaving the text area reruns only this part, which brings the text to the server without a full rerun:
    a page change alone would not send it.
    """
    st.fragment(_meter)(target, limit)


def _meter(target: str, limit: int) -> None:
    _mount(key="prompt_meter", data=[{"target": target, "limit": limit}], on_left_change=lambda: None)
