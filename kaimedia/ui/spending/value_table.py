"""What a kept result cost, by model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from kaimedia.domain.spending import ModelResults
from kaimedia.studio import Studio
from kaimedia.ui.spending import amounts, tables

NONE = "–"


def show(studio: Studio, results: Sequence[ModelResults], kinds: Mapping[str, str]) -> None:
    """Draw the table: cost by results kept and by favorites, the cheapest kept result first.

    `kinds` are what models make, by model.
    """
    used = [each for each in results if each.credits or each.made]
    if not used:
        st.html('<p class="k-quiet">No results yet.</p>')
        return
    used.sort(key=lambda each: (each.credits_per_kept is None, each.credits_per_kept or 0.0))
    most = max((each.credits_per_kept or 0.0 for each in used), default=0.0)
    rows = [
        [
            tables.named(
                studio.spending.model_label(each.model),
                (each.credits_per_kept or 0.0) / (most or 1.0),
                kinds.get(each.model, ""),
            ),
            f"{each.kept:,} of {each.made:,}",
            _each(each.credits_per_kept),
            f"{each.favorites:,}",
            _each(each.credits_per_favorite),
        ]
        for each in used
    ]
    head = ["Model", "Kept", "Per kept", "Favorites", "Per favorite"]
    st.html(tables.table("Credits for each kept result and each favorite, by model", head, rows))


def _each(credits: float | None) -> str:
    return NONE if credits is None else amounts.number(credits)
