"""A place to paste or drop an image; hands its bytes over as base64."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent
HTML = """
<button class="zone" type="button">
  <b>Paste an image</b>
  <span>Copy one, click here and press Ctrl+V, or drop it</span>
</button>
<p class="note" role="alert"></p>
"""

_mount = st.components.v2.component(
    "kai_paste_zone",
    html=HTML,
    css=(HERE / "paste.css").read_text(encoding="utf-8"),
    js=(HERE / "paste.js").read_text(encoding="utf-8"),
)


def show(*, key: str, types: Iterable[str], max_bytes: int, on_image: Callable[[str], None]) -> None:
    """Draw the zone; `on_image` gets the base64 text of a pasted image of one of `types`."""

    def took() -> None:
        value = st.session_state[key]["image"]
        if value:
            on_image(value["data"])

    _mount(key=key, data=[{"types": list(types), "max_bytes": max_bytes}], on_image_change=took)
