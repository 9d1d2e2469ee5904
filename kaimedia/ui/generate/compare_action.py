"""The button of a comparison, with its total price; it opens the confirmation."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from kaimedia.domain import BatchKind
from kaimedia.models.spec import ModelSpec
from kaimedia.studio import ProviderState, Studio
from kaimedia.ui import state
from kaimedia.ui.generate import batch_confirmation, comparing, main_button, price_line
from kaimedia.ui.shell import notify_errors


def show(
    studio: Studio, spec: ModelSpec, others: Sequence[ModelSpec], provider: ProviderState, reason: str | None
) -> None:
    """Draw the button and the line below it; with a `reason`, the button is disabled."""
    count = len(others) + 1
    main_button.show(
        f"Compare {count} models…",
        key="generate_many",
        icon="compare",
        reason=reason,
        on_click=_ask,
        args=(studio, spec),
    )
    with st.container(key="price", gap=None):
        prices = studio.batches.prices(comparing.requests(studio, spec))
        price_line.show_batch(studio, f"{count} models", prices, provider)


@notify_errors
def _ask(studio: Studio, spec: ModelSpec) -> None:
    others = comparing.others(studio, spec)  # with what was chosen since the page was drawn
    compared, wanted = [spec, *others], comparing.requests(studio, spec)
    notes = zip(others, comparing.notes(studio, spec, others), strict=True)
    batch_confirmation.ask(
        studio,
        state.Confirmation(
            BatchKind.COMPARISON,
            wanted,
            name=state.prompt.get(),
            is_blind=state.compare_blind.get(),
            lines=tuple((each.label, 1) for each in compared),
            notes=tuple(f"{each.label}: {text}" for each, text in notes if text),
        ),
    )
