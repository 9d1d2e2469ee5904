"""The search field above the styles; it filters in the browser, so typing causes no reruns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from kaimedia.presets import Preset

HERE = Path(__file__).resolve().parent
HTML = """
<input class="k-find" type="search" aria-label="Search styles" placeholder="Search styles" autocomplete="off">
<p class="k-found" role="status"></p>
"""

_mount = st.components.v2.component(
    "kai_style_search",
    html=HTML,
    js=(HERE / "style_search.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def show(styles: Sequence[Preset]) -> None:
    """Draw the field; `styles` are in the order of their cards under `.st-key-style_cards`."""
    _mount(key="style_search", data=[{"texts": [f"{each.name} {each.before} {each.after}" for each in styles]}])
