"""Running and finished tasks in the tab's title and, if enabled, as system notifications."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent
HTML = """
<button class="bell" type="button" role="switch" aria-checked="false" hidden>
  <svg viewBox="0 0 24 24" width="16" height="16" aria-hidden="true"><path fill="none" stroke="currentColor"
    stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"
    d="M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5a2.2 2.2 0 0 0 4 0"/></svg>
  <span></span>
</button>
<p class="note" role="status"></p>
"""

_mount = st.components.v2.component(
    "kai_tab_signal",
    html=HTML,
    css=(HERE / "tab_signal.css").read_text(encoding="utf-8"),
    js=(HERE / "tab_signal.js").read_text(encoding="utf-8"),
)


def show(running: int, ended: Sequence[tuple[str, str, str]]) -> None:
    """Show the number of `running` tasks in the tab's title, and announce `ended` ones while the tab is hidden.

    Each of `ended` is a task id, a heading ("Your image is ready.") and the start of its prompt; each task is
    announced once. The component causes no reruns.
    """
    _mount(key="tab_signal", data=[{"running": running, "ended": [list(each) for each in ended]}])
