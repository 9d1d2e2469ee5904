"""The mask painter: an image, what is painted over it, and a mask of the image's size as the result.

Everything happens in the browser; the finished mask arrives as a PNG.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import streamlit as st

from kaimedia.models.inputs import MaskColor
from kaimedia.studio import MaskCanvas
from kaimedia.ui import state
from kaimedia.ui.components import component_files, media_urls, module_set

HERE = Path(__file__).resolve().parent
HTML = '<div class="root"></div>'

_MODULES = module_set.read(
    HERE / "mount.js", generated={"styles.js": module_set.styles_module(HERE, first=("painter",))}
)
_inline = st.components.v2.component("kai_mask_painter", html=HTML, js=_MODULES.joined())
_loaded = st.components.v2.component(
    "loaded_kai_mask_painter", html=HTML, js=component_files.offer("mask-painter", _MODULES)
)


def show(
    canvas: MaskCanvas, changes: MaskColor, *, key: str, note: str, received: int, on_painted: Callable[[str], None]
) -> None:
    """Draw the painter; `on_painted` runs as a callback with the mask as a PNG in base64.

    `changes` is the color of what is painted. `note` says why the last mask was not taken; `received` counts those that
    arrived.
    """

    def painted() -> None:
        value = state.reported(key, "painted")
        if isinstance(value, Mapping) and isinstance(value.get("png"), str):
            on_painted(value["png"])

    data = {
        "id": hashlib.sha256(canvas.image_webp + (canvas.mask or b"")).hexdigest()[:16],
        "image": _data_url(canvas.image_webp, "image/webp"),
        "mask": _data_url(canvas.mask, canvas.mask_type) if canvas.mask else "",
        "width": canvas.width_px,
        "height": canvas.height_px,
        "changes": changes.value,
        "note": note,
        "received": received,
    }
    mount = _loaded if media_urls.are_routed() else _inline
    mount(key=key, data=[data], on_painted_change=painted)


def _data_url(data: bytes, mime_type: str) -> str:
    return f"data:{mime_type};base64,{base64.b64encode(data).decode('ascii')}"
