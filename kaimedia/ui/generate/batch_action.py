"""The button of a batch, with what it makes and costs; it opens the confirmation."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import BatchKind
from kaimedia.models.spec import ModelSpec
from kaimedia.studio import ProviderState, Studio
from kaimedia.ui import state, ui_text
from kaimedia.ui.generate import batch_confirmation, batch_draft, main_button, price_line
from kaimedia.ui.generate.batch_draft import BatchDraft
from kaimedia.ui.shell import notify_errors

NO_PROMPT = "Write a prompt on each line, or choose a CSV file."


def show(studio: Studio, spec: ModelSpec, batch: BatchDraft, provider: ProviderState, reason: str | None) -> None:
    """Draw the button and the line below it; with a `reason`, the button is disabled."""
    main_button.show(
        f"Generate {batch.total}…" if batch.total else "Generate…",
        key="generate_many",
        icon="playlist_add_check",
        reason=reason,
        is_disabled=batch.problem is not None,
        on_click=_ask,
        args=(studio, spec),
    )
    with st.container(key="price", gap=None):
        prices = studio.batches.prices(batch.requests * batch.seeds)
        price_line.show_batch(studio, batch_draft.summary(batch) or "No prompt yet", prices, provider)


@notify_errors
def _ask(studio: Studio, spec: ModelSpec) -> None:
    batch = batch_draft.read(studio, spec)  # with what was typed since the page was drawn
    if batch.problem is not None:
        return  # shown in the form
    if not batch.requests:
        state.field_note.set(state.FieldNote("prompt", NO_PROMPT))
        return
    file = state.batch_file.get()
    batch_confirmation.ask(
        studio,
        state.Confirmation(
            BatchKind.PROMPTS,
            batch.with_seeds(),
            name=file.name if file else batch.prompts[0],
            lines=tuple(
                (_line(studio.catalog.get(request.model), prompt, batch.seeds), batch.seeds)
                for prompt, request in zip(batch.prompts, batch.requests, strict=True)
            ),
        ),
    )


def _line(spec: ModelSpec, prompt: str, seeds: int) -> str:
    """What a request makes."""
    text = ui_text.one_line(prompt, 70) or spec.label
    return f"{text} × {seeds} seeds" if seeds > 1 else text
