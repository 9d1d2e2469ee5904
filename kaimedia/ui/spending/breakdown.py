"""Where the credits went: by model, kind, collection or API token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from kaimedia.domain.spending import SpendingBy, SpendingLine
from kaimedia.studio import Studio
from kaimedia.studio.spending import Overview
from kaimedia.ui.spending import amounts, choices, tables
from kaimedia.ui.spending.amounts import Amounts

OFFERED = {
    SpendingBy.MODEL.value: "Model",
    SpendingBy.KIND.value: "Kind",
    SpendingBy.COLLECTION.value: "Collection",
    SpendingBy.TOKEN.value: "API token",
}
ABOUT_COLLECTIONS = (
    "A task’s cost is divided equally among its results. A result in several collections counts in each of them, so "
    "that these can add up to more than was spent."
)


def show(studio: Studio, overview: Overview, writer: Amounts) -> None:
    """Draw the choice and the table."""
    st.segmented_control(
        "Divide by",
        list(OFFERED),
        key=choices.by.key,
        format_func=OFFERED.__getitem__,
        required=True,
        default=None if choices.by.is_set() else choices.by.default,
        label_visibility="collapsed",
        persist_state="session",
    )
    by = SpendingBy(choices.by.get())
    lines = studio.spending.lines(overview, by)
    if not lines:
        st.html('<p class="k-quiet">Nothing was spent on these days.</p>')
        return
    st.html(_table(OFFERED[by.value], lines, writer, overview.kinds if by is SpendingBy.MODEL else {}))
    if by is SpendingBy.COLLECTION:
        st.html(f'<p class="k-quiet">{ABOUT_COLLECTIONS}</p>')


def _table(name: str, lines: Sequence[SpendingLine], writer: Amounts, kinds: Mapping[str, str]) -> str:
    most = max(line.sums.credits for line in lines)
    total = sum(line.sums.credits for line in lines)
    rows = [
        [
            tables.named(line.label, line.sums.credits / most if most else 0.0, kinds.get(line.key, line.key)),
            f"{line.sums.tasks:,}",
            amounts.percent(line.sums.credits, total),
            tables.amount(amounts.number(line.sums.credits), writer.money(line.sums.usd)),
        ]
        for line in lines
    ]
    return tables.table(f"Credits by {name.lower()}", [name, "Tasks", "Share", "Credits"], rows)
