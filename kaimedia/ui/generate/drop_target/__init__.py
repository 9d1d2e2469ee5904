"""Accepts an image pasted anywhere on the page or dropped onto the composer, and sends it as base64."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import streamlit as st

from kaimedia.ui import state

HERE = Path(__file__).resolve().parent
HTML = """
<p class="k-drop-note" role="status"></p>
"""

_mount = st.components.v2.component(
    "kai_drop_target", html=HTML, js=(HERE / "drop_target.js").read_text(encoding="utf-8"), isolate_styles=False
)


def show(
    *,
    key: str,
    target: str,
    field: str,
    types: Iterable[str],
    max_bytes: int,
    rejection: str,
    on_image: Callable[[str, str], None],
) -> None:
    """Accept images dropped onto the element matching `target`, or pasted while this is drawn.

    `field` selects the reference chooser, whose open list closes like a menu.
    `on_image` gets the base64 data of one of `types` and its origin: "Pasted" or "Dropped · cat.png".
    The browser shows why an image is not accepted; `rejection` is the reason to accept none.
    """

    def on_change() -> None:
        value = state.reported(key, "image")
        if value:
            on_image(value["data"], value["origin"])

    data = {"target": target, "field": field, "types": list(types), "max_bytes": max_bytes, "rejection": rejection}
    _mount(key=key, data=[data], on_image_change=on_change)
