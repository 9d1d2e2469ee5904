"""A live character counter for a text area (Streamlit's own shows only while typing). Also saves unsent text."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from kaimedia.ui.components import module_set

HERE = Path(__file__).resolve().parent
HTML = """
<div class="k-meter" aria-hidden="true"></div>
<span class="vh" aria-live="polite"></span>
<button class="k-offer" type="button" hidden></button>
"""

_mount = st.components.v2.component(
    "kai_prompt_meter",
    html=HTML,
    js=module_set.read(HERE / "meter.js").joined(),
    isolate_styles=False,
)


def show(
    *, target: str, limit: int, turn: int, text: str, before: str = "", after: str = "", is_lines: bool = False
) -> None:
    """Count the text area under the CSS selector `target` against `limit` characters, and save what is typed.

    A style's text `before` and `after` counts too. `turn` increases whenever the server sets the text, to
    `text`; text typed before that is not restored. With `is_lines` each line is a prompt, and only lines are counted.
    """
    _mount(
        key="prompt_meter",
        data=[
            {
                "target": target,
                "limit": limit,
                "turn": turn,
                "text": text,
                "before": before,
                "after": after,
                "is_lines": is_lines,
            }
        ],
    )
