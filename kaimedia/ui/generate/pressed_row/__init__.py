"""A placeholder row shown by the browser as soon as Generate is clicked, until the task's own row appears."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent
KEY = "pressed_row"
HTML = """
<div class="k-pressed" hidden>
  <div class="k-tile"><i></i></div>
  <p><strong></strong><span>Submitting…</span></p>
  <div class="k-bar k-bar-open"><i></i></div>
</div>
"""

_mount = st.components.v2.component(
    "kai_pressed_row", html=HTML, js=(HERE / "pressed_row.js").read_text(encoding="utf-8"), isolate_styles=False
)


def show() -> None:
    """Draw it hidden at the position of the queue's first row. It causes no reruns."""
    _mount(key=KEY, data=[{}])
