"""What was paid without a result, and what is still open."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from kaimedia.domain.spending import LostLine, LostReason, Reserved
from kaimedia.ui import ui_text
from kaimedia.ui.spending import amounts, tables
from kaimedia.ui.spending.amounts import Amounts

NAMES = {
    LostReason.FAILED: "Failed, but charged",
    LostReason.OUTCOME_UNKNOWN: "Outcome unknown",
    LostReason.ABANDONED: "No longer tracked",
    LostReason.EXPIRED: "Never finished",
    LostReason.NOT_SAVED: "Generated, but never saved",
    LostReason.DELETED: "Deleted before its outcome was known",
}
CLEAN = "Everything that was paid for has a result."


def show(lines: Sequence[LostLine], reserved: Reserved, writer: Amounts) -> None:
    """Draw one line for each reason, and what waits for a decision."""
    if lines or not reserved.undecided_tasks:
        _lost(lines, writer)
    if reserved.undecided_tasks:
        st.html(f'<p class="k-status" data-tone="amber">{ui_text.escaped(undecided_text(reserved))}</p>')


def undecided_text(reserved: Reserved) -> str:
    """What is neither lost nor returned yet."""
    tasks = ui_text.counted(reserved.undecided_tasks, "task")
    return (
        f"{amounts.credits(reserved.undecided)} more are reserved for {tasks} of unknown outcome. Decide on Generate."
    )


def _lost(lines: Sequence[LostLine], writer: Amounts) -> None:
    if not lines:
        st.html(f'<p class="k-status" data-tone="mint">{CLEAN}</p>')
        return
    most = max(line.credits for line in lines)
    rows = [
        [
            tables.named(NAMES[line.reason], line.credits / most, "lost"),
            f"{line.tasks:,}",
            tables.amount(amounts.number(line.credits), writer.money(line.usd)),
        ]
        for line in lines
    ]
    total = sum(line.credits for line in lines)
    foot = [
        tables.named("All"),
        f"{sum(line.tasks for line in lines):,}",
        tables.amount(amounts.number(total), writer.money(sum(line.usd for line in lines))),
    ]
    st.html(
        tables.table(
            "Credits paid without a result, by reason",
            ["Reason", "Tasks", "Credits"],
            rows,
            total=foot if len(rows) > 1 else (),
        )
    )
    if any(line.reason is LostReason.OUTCOME_UNKNOWN for line in lines):
        text = "If such a task arrived after all, enter its id at the provider, and it leaves this line."
        st.html(f'<p class="k-quiet">{ui_text.escaped(text)}</p>')
