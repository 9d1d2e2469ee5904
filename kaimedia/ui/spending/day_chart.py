"""Spending by day as a chart, and the same as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Any

import streamlit as st

from kaimedia.studio.spending import KINDS, Overview, by_day
from kaimedia.ui.spending import amounts, tables

HEIGHT_PX = 264
DAYS_MOST, WEEKS_MOST = 92, 732  # longer periods have a bar for each week, then for each month


class Step(Enum):
    """How long one bar is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: the first day, and the credits of images and videos."""

    start: date
    images: float
    videos: float

    @property
    def total(self) -> float:
        """Both together."""
        return self.images + self.videos


def step_of(days: int) -> Step:
    """The length of a bar in a period of so many days."""
    return Step.DAY if days <= DAYS_MOST else Step.WEEK if days <= WEEKS_MOST else Step.MONTH


def bars(overview: Overview) -> list[Bar]:
    """All bars in order, also those of days on which nothing was spent."""
    period, step = overview.period, step_of(overview.period.days)
    images, videos = by_day(overview, "image"), by_day(overview, "video")
    found: dict[date, Bar] = {}
    for number in range(period.days):
        start = _start(period.first + timedelta(days=number), step)
        known = found.get(start, Bar(start, 0.0, 0.0))
        found[start] = Bar(start, known.images + images[number], known.videos + videos[number])
    return list(found.values())


def _start(day: date, step: Step) -> date:
    if step is Step.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step is Step.MONTH else day


def show(overview: Overview) -> None:
    """Draw the chart, and below it a table that opens."""
    found, step = bars(overview), step_of(overview.period.days)
    st.vega_lite_chart(spec(found, step), alt=alternative(found, step), height=HEIGHT_PX, key="spending_days_chart")
    with st.expander("Show as a table"):
        st.html(_table(found, step))


def title(step: Step) -> str:
    """The heading above the chart."""
    return f"By {step.value}"


def alternative(found: Sequence[Bar], step: Step) -> str:
    """What the chart shows, for people who do not see it."""
    highest = max(found, key=lambda bar: bar.total)
    if not highest.total:
        return f"Credits by {step.value}: nothing was spent."
    return (
        f"Credits by {step.value}, images and videos: {amounts.credits(sum(bar.total for bar in found))} in all, "
        f"the most on {start_text(highest.start, step)}: {amounts.credits(highest.total)}."
    )


def start_text(start: date, step: Step) -> str:
    """What a bar is called: "Nov 3, 2026", "week of Nov 2, 2026", "November 2026"."""
    if step is Step.MONTH:
        return f"{start:%B %Y}"
    day = f"{start:%b} {start.day}, {start.year}"
    return f"week of {day}" if step is Step.WEEK else day


def spec(found: Sequence[Bar], step: Step) -> dict[str, Any]:
    """The chart for Vega-Lite. The colors are the theme's, so that they follow a change of the theme.

    The data stand in the layer: Streamlit would turn data at the top into Arrow, for which it loads pandas.
    """
    values = [
        {
            "start": bar.start.isoformat(),
            "when": start_text(bar.start, step),
            "kind": kind,
            "credits": round(credits, 2),
        }
        for bar in found
        for kind, credits in ((KINDS["image"], bar.images), (KINDS["video"], bar.videos))
    ]
    pattern = "%b %Y" if step is Step.MONTH else "%b %-d"
    day = {"field": "start", "type": "ordinal", "sort": None, "title": None}
    label = f"timeFormat(toDate(datum.label + 'T00:00:00'), '{pattern}')"
    axis = {"labelExpr": label, "labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 12, "ticks": False}
    bar = {
        "data": {"values": values},
        "mark": {"type": "bar", "cornerRadiusTopLeft": 3, "cornerRadiusTopRight": 3, "width": {"band": 0.72}},
        "encoding": {
            "x": {**day, "axis": {**axis, "domain": False, "grid": False}},
            "y": {
                "field": "credits",
                "type": "quantitative",
                "title": None,
                "axis": {"tickCount": 4, "domain": False, "ticks": False, "format": ",~r"},
            },
            "color": {
                "field": "kind",
                "type": "nominal",
                "scale": {"domain": list(KINDS.values())},
                "legend": {"orient": "top", "title": None, "symbolType": "circle"},
            },
            "tooltip": [
                {"field": "when", "type": "nominal", "title": step.value.capitalize()},
                {"field": "kind", "type": "nominal", "title": "Kind"},
                {"field": "credits", "type": "quantitative", "title": "Credits", "format": ",~f"},
            ],
        },
    }
    return {"layer": [bar], "background": "transparent", "padding": {"left": 0, "right": 0, "top": 4, "bottom": 0}}


def _table(found: Sequence[Bar], step: Step) -> str:
    rows = [
        [tables.named(start_text(bar.start, step)), *map(amounts.number, (bar.images, bar.videos, bar.total))]
        for bar in reversed(found)
        if bar.total
    ]
    if not rows:
        return '<p class="k-quiet">Nothing was spent on these days.</p>'
    return tables.table(f"Credits by {step.value}", [step.value.capitalize(), *KINDS.values(), "Total"], rows)
