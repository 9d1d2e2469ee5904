"""The media grid: justified rows, hover and focus details, and a full-size viewer, as one component."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from kaimedia.domain import Media
from kaimedia.ui.media_grid.items import item

HERE = Path(__file__).resolve().parent
HTML = """
<div class="root">
  <div class="grid" role="list" aria-label="Media"></div>
  <div class="note" hidden></div>
  <button class="wide more" type="button" hidden>Show more</button>
  <div class="live" aria-live="polite"></div>
</div>
"""
SCRIPTS = ("icons", "layout", "cards", "preview", "viewer", "grid")
STYLES = ("grid", "viewer")


def _joined(names: Sequence[str], ending: str) -> str:
    return "\n".join((HERE / f"{name}.{ending}").read_text(encoding="utf-8") for name in names)


_mount = st.components.v2.component("kai_media_grid", html=HTML, css=_joined(STYLES, "css"), js=_joined(SCRIPTS, "js"))


def media_grid(
    media: Sequence[Media],
    *,
    key: str,
    labels: Mapping[str, str],
    on_event: Callable[[Mapping[str, Any]], None],
    total: int | None = None,
    fit_px: int | None = None,
    has_more: bool = False,
    empty: Mapping[str, str] | None = None,
) -> None:
    """Draw `media` in the given order.

    `labels` names the models. `fit_px` makes a block of one or two rows at most that high, with the cards'
    buttons always in view. `empty` holds title, body and perhaps `action` of what stands there without media.
    `on_event` runs as a callback with `{"do": …, "id": …}`; `do` is `favorite` (with `on`), `delete`, `restore`,
    `reuse`, `reference`, `open`, `more` or `action`.
    """

    def took() -> None:
        event = st.session_state[key]["event"]
        if event:
            on_event(event)

    data = {
        "items": [item(each, labels) for each in media],
        "total": len(media) if total is None else total,
        "fit": fit_px,
        "more": has_more,
        "empty": dict(empty or {}),
    }
    # A list, not a dict: a dict makes Streamlit import pandas, 89 MB.
    _mount(key=key, data=[data], on_event_change=took)
