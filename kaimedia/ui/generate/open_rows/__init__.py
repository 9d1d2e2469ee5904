"""Reports to Python which rows of the queue the user opened, and counts the seconds of running tasks meanwhile.

`st.status` reports nothing, and is reset to its last `expanded` value whenever its label changes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import streamlit as st

from kaimedia.domain import Status, Task
from kaimedia.ui import state
from kaimedia.ui.components import module_set
from kaimedia.ui.generate import progress_text

HERE = Path(__file__).resolve().parent
KEY = "open_rows"
MAX_OPEN = 50

_mount = st.components.v2.component(
    "kai_open_rows", html="<span></span>", js=module_set.read(HERE / "open_rows.js").joined()
)


def watch(known: Collection[str], tasks: Sequence[Task], now: datetime) -> None:
    """Follow clicks on the statuses below `.st-key-queue`; `known` are the ids of the tasks drawn there.

    Of `tasks`, the time of those that run is counted in the browser.
    """

    def on_change() -> None:
        take(state.reported(KEY, "toggled"))

    open_now = [task_id for task_id in state.opened_tasks.get() if task_id in known]
    running = [
        [task.task_id, progress_text.since(task).isoformat(), round(progress_text.elapsed_s(task, now), 1)]
        for task in tasks
        if task.status is not Status.FAILED
    ]
    _mount(key=KEY, data=[{"open": open_now, "running": running}], on_toggled_change=on_change)


def take(report: Any) -> None:
    """Remember that a row was opened or closed. For callbacks only; invalid reports are ignored."""
    if not isinstance(report, dict) or not isinstance(task_id := report.get("id"), str) or len(task_id) > 64:
        return
    set_open(task_id, report.get("open") is True)


def set_open(task_id: str, is_open: bool) -> None:
    """Open or close one row at the next rerun."""
    others = tuple(each for each in state.opened_tasks.get() if each != task_id)
    state.opened_tasks.set((*others, task_id)[-MAX_OPEN:] if is_open else others)
