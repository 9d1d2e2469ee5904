"""The provider's balance against the ledger: the difference is shown, not hidden."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

import streamlit as st

from kaimedia.domain.spending import BalanceStep
from kaimedia.providers.registry import starting_label_of
from kaimedia.studio.balance_check import SMALLEST, BalanceCheck, BalanceDifference
from kaimedia.ui import ui_text
from kaimedia.ui.spending import amounts, tables

HEIGHT_PX = 180
MOST_ROWS = 12
WHY = (
    "Credits that left the account without an entry here were spent by other apps with the same key, or cost more than "
    "was reported. Differences that cancel out within half an hour are left out: tasks on their way cause them."
)


def show(check: BalanceCheck, provider: str, zone: tzinfo) -> None:
    """Draw what happened to the balance, and the times at which it differs from the ledger."""
    if not check.steps:
        who = starting_label_of(provider)
        text = f"{who} has not reported its balance twice in this period, so there is nothing to compare."
        st.html(f'<p class="k-quiet">{ui_text.escaped(text)}</p>')
        return
    st.html(_summary(check))
    if len(check.steps) > 1:
        readings = readings_of(check.steps)
        st.vega_lite_chart(spec(readings, zone), alt=alternative(check), height=HEIGHT_PX, key="spending_balance_chart")
    with st.expander("Show the differences"):
        if check.differences:
            st.html(_table(check.differences, zone))
        else:
            st.html('<p class="k-quiet">There are none.</p>')
        st.html(f'<p class="k-quiet">{ui_text.escaped(WHY)}</p>')


def _summary(check: BalanceCheck) -> str:
    facts = [
        ("Left the account", amounts.number(check.taken)),
        ("In the ledger", amounts.number(check.recorded)),
        ("Topped up", amounts.number(check.topped_up)),
    ]
    items = "".join(f"<div><dt>{name}</dt><dd>{ui_text.escaped(value)}</dd></div>" for name, value in facts)
    tone, text = verdict(check)
    return (
        f'<p class="k-status" data-tone="{tone}"><span class="k-tone">{ui_text.escaped(text)}</span></p>'
        f'<dl class="k-balance">{items}</dl>'
    )


def verdict(check: BalanceCheck) -> tuple[str, str]:
    """Whether the ledger explains the balance: a tone, and a sentence."""
    difference = check.unexplained
    if abs(difference) < SMALLEST:
        return "mint", "The ledger explains every credit."
    if difference > 0:
        return "amber", f"{amounts.credits(difference)} left the account without an entry here."
    return "amber", f"The ledger has {amounts.credits(-difference)} more than left the account."


def readings_of(steps: Sequence[BalanceStep]) -> list[tuple[datetime, float]]:
    """The times and balances that the steps connect, in order."""
    return [(steps[0].since, steps[0].before), *((step.until, step.after) for step in steps)]


def alternative(check: BalanceCheck) -> str:
    """What the chart shows, for people who do not see it."""
    first, last = check.steps[0], check.steps[-1]
    return f"The balance over time: from {amounts.credits(first.before)} to {amounts.credits(last.after)}."


def spec(readings: Sequence[tuple[datetime, float]], zone: tzinfo) -> dict[str, Any]:
    """The chart for Vega-Lite: the balance as steps."""
    values = [
        {"at": at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S"), "credits": round(credits, 2)}
        for at, credits in readings
    ]
    line = {
        "data": {"values": values},
        "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
        "encoding": {
            "x": {
                "field": "at",
                "type": "temporal",
                "title": None,
                "axis": {"format": "%b %-d", "grid": False, "domain": False, "ticks": False, "tickCount": 6},
            },
            "y": {
                "field": "credits",
                "type": "quantitative",
                "title": None,
                "scale": {"zero": False},
                "axis": {"tickCount": 4, "domain": False, "ticks": False, "format": ",~r"},
            },
            "tooltip": [
                {"field": "at", "type": "temporal", "title": "Time", "format": "%b %-d, %H:%M"},
                {"field": "credits", "type": "quantitative", "title": "Balance", "format": ",~f"},
            ],
        },
    }
    return {"layer": [line], "background": "transparent", "padding": {"left": 0, "right": 0, "top": 4, "bottom": 0}}


def _table(found: Sequence[BalanceDifference], zone: tzinfo) -> str:
    rows = [
        [
            tables.named(f"{_time(each.since, zone)} – {_time(each.until, zone)}"),
            amounts.number(each.after - each.before),
            amounts.number(each.recorded),
            amounts.number(each.topped_up) if each.topped_up else "",
            amounts.number(each.unexplained) if abs(each.unexplained) >= SMALLEST else "",
        ]
        for each in reversed(found[-MOST_ROWS:])
    ]
    head = ["Between", "Balance", "In the ledger", "Topped up", "Not explained"]
    return tables.table("Times at which the balance and the ledger differ", head, rows)


def _time(at: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%b} {local.day}, {local:%H:%M}"
