"""The full prompt with its style, updated while the user types."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from kaimedia.ui.components import module_set

HERE = Path(__file__).resolve().parent
HTML = """
<details class="k-sent"><summary>Full prompt</summary><p><span></span><b></b><span></span></p></details>
"""

_mount = st.components.v2.component(
    "kai_sent_prompt",
    html=HTML,
    js=module_set.read(HERE / "sent_prompt.js").joined(),
    isolate_styles=False,
)


def show(*, target: str, before: str, after: str) -> None:
    """Draw the text area's text between `before` and `after`, collapsed at first; `target` is a CSS selector."""
    _mount(key="sent_prompt", data=[{"target": target, "before": before, "after": after}])
