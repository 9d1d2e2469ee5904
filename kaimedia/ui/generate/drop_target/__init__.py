"""Accepts files pasted anywhere on the page or dropped onto the composer, and sends them as base64."""

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
    hint: str,
    max_bytes: int,
    most_files: int,
    rejection: str,
    on_file: Callable[[str, str], None],
) -> None:
    """Accept files dropped onto the element matching `target`, or pasted while this is drawn.

    `field` selects the reference chooser, whose open list closes like a menu.
    `on_file` gets the base64 data of one of `types` and its origin: "Pasted" or "Dropped · cat.png". It is called for
    each of up to `most_files`, which have at most `max_bytes` together. `hint` says what is accepted.
    The browser shows why a file is not accepted; `rejection` is the reason to accept none.
    """

    def on_change() -> None:
        value = state.reported(key, "files")
        for file in value["files"] if value else ():
            on_file(file["data"], file["origin"])

    about_files = {"types": list(types), "hint": hint, "max_bytes": max_bytes, "most_files": most_files}
    _mount(
        key=key,
        data=[{"target": target, "field": field, "rejection": rejection, **about_files}],
        on_files_change=on_change,
    )
