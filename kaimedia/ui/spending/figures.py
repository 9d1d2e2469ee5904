"""The four figures at the top of the Spending page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from kaimedia.domain.spending import ModelResults, Reserved, Sums
from kaimedia.studio.spending import SpendingPeriod
from kaimedia.ui import ui_text
from kaimedia.ui.spending import amounts
from kaimedia.ui.spending.amounts import Amounts

SAME_SHARE = 0.005  # smaller changes are none


def show(
    total: Sums,
    before: Sums,
    period: SpendingPeriod,
    results: Sequence[ModelResults],
    reserved: Reserved,
    writer: Amounts,
) -> None:
    """Draw what was spent, what a kept result cost, what was lost, and what is reserved now."""
    kept, made = sum(each.kept for each in results), sum(each.made for each in results)
    spent = " · ".join(filter(None, [writer.money(total.usd), ui_text.counted(total.tasks, "task")]))
    parts = [
        _figure(
            "Spent" if not writer.is_free else "Would have cost",
            amounts.number(total.credits),
            spent,
            change_text(total, before, period.days),
        ),
        _figure(
            "Per kept result",
            amounts.number(total.credits / kept) if kept else "–",
            f"{kept:,} kept of {made:,} made" if made else "No result yet",
        ),
        _figure(
            "Without a result",
            amounts.number(total.lost),
            f"{amounts.percent(total.lost, total.credits)} of what was spent" if total.lost else "Nothing was lost",
        ),
        _figure("Reserved now", amounts.number(reserved.credits), *reserved_text(reserved)),
    ]
    st.html(f'<dl class="k-figures">{"".join(parts)}</dl>')


def _figure(name: str, value: str, *about: str) -> str:
    unit = "" if value == "–" else f" <span>credit{'' if value == '1' else 's'}</span>"
    return (
        f"<div><dt>{ui_text.escaped(name)}</dt><dd><b>{ui_text.escaped(value)}{unit}</b>"
        f"{''.join(f'<small>{ui_text.escaped(line)}</small>' for line in about if line)}</dd></div>"
    )


def reserved_text(reserved: Reserved) -> list[str]:
    """For how many running tasks, and how many whose outcome is unknown."""
    running = reserved.tasks - reserved.undecided_tasks
    lines = [f"For {ui_text.counted(running, 'running task')}"] if running else []
    if reserved.undecided_tasks:
        lines.append(f"{ui_text.counted(reserved.undecided_tasks, 'task')} of unknown outcome")
    return lines or ["No task runs"]


def change_text(total: Sums, before: Sums, days: int) -> str:
    """How much that is against as many days before; "" if nothing was spent then."""
    if before.credits <= 0:
        return ""
    change = total.credits / before.credits - 1
    earlier = "the day before" if days == 1 else f"the {days:,} days before"
    if abs(change) < SAME_SHARE:
        return f"as much as {earlier}"
    return f"{abs(change):.0%} {'more' if change > 0 else 'less'} than {earlier}"
