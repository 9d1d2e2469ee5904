"""What is said about a batch, and what its row is called. Pure functions, no Streamlit."""

from __future__ import annotations

from kaimedia.domain import BatchProgress
from kaimedia.ui import ui_text


def row_id(batch_id: int) -> str:
    """The id of its row among those of the queue, in the form of a task's."""
    return f"{batch_id:032x}"


def line(progress: BatchProgress) -> str:
    """How far it is: "12 of 40 done · 2 failed · 1 may have been charged"."""
    if not progress.total:
        return "Its tasks were deleted"
    failed = progress.failed - progress.canceled
    parts = [
        "Paused" if progress.is_paused else "",
        f"{progress.completed:,} of {progress.total:,} done",
        f"{failed:,} failed" if failed else "",
        f"{progress.canceled:,} canceled" if progress.canceled else "",
        f"{progress.may_have_cost:,} may have been charged" if progress.may_have_cost else "",
    ]
    return " · ".join(filter(None, parts))


def stop_question(progress: BatchProgress) -> str:
    """The question before its unsent tasks are canceled."""
    question = f"Cancel {ui_text.counted(progress.unsent, 'unsent task')}? Nothing is charged for them."
    if progress.running:
        question += f" {progress.running:,} already sent will still be saved."
    return question


def ended(progress: BatchProgress) -> str:
    """The notification when its last task has ended."""
    name = f"“{ui_text.isolated(ui_text.one_line(progress.batch.name, 48))}”"
    return f"{name}: {line(progress)}."
