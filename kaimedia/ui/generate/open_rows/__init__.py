"""Reports to Python which rows of the queue the user opened, because `st.status` reports nothing.

A status is reset to its last `expanded` value whenever its label changes, and ours change every second.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import streamlit as st

from kaimedia.ui import state

HERE = Path(__file__).resolve().parent
KEY = "open_rows"
MAX_OPEN = 50

_mount = st.components.v2.component(
    "kai_open_rows", html="<span></span>", js=(HERE / "open_rows.js").read_text(encoding="utf-8")
)


def watch(known: Collection[str]) -> None:
    """Follow clicks on the statuses below `.st-key-queue`; `known` are the ids of the tasks drawn there."""

    def on_change() -> None:
        take(state.reported(KEY, "toggled"))

    open_now = [task_id for task_id in state.opened_tasks.get() if task_id in known]
    _mount(key=KEY, data=[{"open": open_now}], on_toggled_change=on_change)


def take(report: Any) -> None:
    """Remember that a row was opened or closed. For callbacks only; invalid reports are ignored."""
    if not isinstance(report, dict) or not isinstance(task_id := report.get("id"), str) or len(task_id) > 64:
        return
    set_open(task_id, report.get("open") is True)


def set_open(task_id: str, is_open: bool) -> None:
    """Open or close one row at the next rerun."""
    others = tuple(each for each in state.opened_tasks.get() if each != task_id)
    state.opened_tasks.set((*others, task_id)[-MAX_OPEN:] if is_open else others)
