"""List prices against what was charged, by model."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from kaimedia.domain.spending import ModelResults
from kaimedia.studio import Studio
from kaimedia.ui import ui_text
from kaimedia.ui.spending import amounts, tables


def show(studio: Studio, results: Sequence[ModelResults]) -> None:
    """Draw the table and what it leaves out."""
    compared = [each for each in results if each.compared]
    if compared:
        rows = [
            _row(studio.spending.model_label(each.model), each.compared, each.estimated, each.actual)
            for each in compared
        ]
        sums = [sum(getattr(each, name) for each in compared) for name in ("compared", "estimated", "actual")]
        total = _row("All", sums[0], sums[1], sums[2]) if len(rows) > 1 else ()
        head = ["Model", "Tasks", "List price", "Charged", "Difference"]
        st.html(tables.table("List prices and credits charged, by model", head, rows, total=total))
    if lines := left_out(results):
        st.html("".join(f'<p class="k-quiet">{ui_text.escaped(line)}</p>' for line in lines))


def _row(label: str, tasks: int, estimated: float, actual: float) -> list[str]:
    return [
        tables.named(label),
        f"{tasks:,}",
        amounts.number(estimated),
        amounts.number(actual),
        difference_text(estimated, actual),
    ]


def difference_text(estimated: float, actual: float) -> str:
    """How far the amount charged is from the list price: "none", "+12%", "−3%"."""
    if round(actual - estimated, 2) == 0:
        return "none"
    if not estimated:
        return f"+{amounts.number(actual)}"
    change = actual / estimated - 1
    return f"{'+' if change > 0 else '−'}{max(0.1, abs(100 * change)):.{0 if abs(change) >= 0.095 else 1}f}%"


def left_out(results: Sequence[ModelResults]) -> list[str]:
    """Sentences about the tasks that cannot be compared."""
    silent, guessed = sum(each.unreported for each in results), sum(each.guessed for each in results)
    unpriced = sum(each.unpriced for each in results)
    lines = []
    if silent:
        lines.append(
            f"Of {ui_text.counted(silent, 'more task')} only the list price is known: {amounts.credits(guessed)}, "
            "which count as spent."
        )
    if unpriced:
        verb = "has" if unpriced == 1 else "have"
        lines.append(f"{ui_text.counted(unpriced, 'task')} {verb} no list price and no report, and count as 0.")
    if not silent and not unpriced and not any(each.compared for each in results):
        lines.append("No task has been charged yet.")
    return lines
