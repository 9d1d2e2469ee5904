"""The comparison component: the results of several models in a grid, or two of them side by side under a slider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from kaimedia.ui import state
from kaimedia.ui.components import component_files, media_urls, module_set

HERE = Path(__file__).resolve().parent
KEY = "comparison"
HTML = '<div class="root"></div>'

_MODULES = module_set.read(
    HERE / "mount.js", generated={"styles.js": module_set.styles_module(HERE, first=("comparison",))}
)
_inline = st.components.v2.component("kai_comparison", html=HTML, js=_MODULES.joined())
_loaded = st.components.v2.component(
    "loaded_kai_comparison", html=HTML, js=component_files.offer("comparison", _MODULES)
)


def show(data: Mapping[str, Any], *, on_event: Callable[[Mapping[str, Any]], None]) -> None:
    """Draw a comparison; `data` is `Data` in `types.d.ts`. `on_event` runs as a callback with an `Event` of it."""

    def on_change() -> None:
        value = state.reported(KEY, "event")
        if isinstance(value, Mapping) and isinstance(value.get("do"), str):
            on_event(value)

    mount = _loaded if media_urls.are_routed() else _inline
    mount(key=KEY, data=[dict(data)], on_event_change=on_change)
