"""Comparing models from the composer: which ones, what each would be sent, and what is said before sending."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from kaimedia.domain import COMPARISON_TASKS, BatchKind, GenerationRequest
from kaimedia.models.spec import ModelSpec, PromptUse, Rank
from kaimedia.models.transfer import carried
from kaimedia.studio import Studio
from kaimedia.ui import state, ui_text
from kaimedia.ui.generate import chosen_inputs, compare_text, draft
from kaimedia.ui.generate.model_picker import Compared
from kaimedia.ui.shell import notify_errors

MOST_OTHERS = COMPARISON_TASKS[1] - 1
BATCH_IS_ON = "Turn off Batch to compare models: a comparison is of one prompt."
UNFIT = "{model} can’t be compared as it is: it needs an input first, takes none of yours, or has no prompt."


def others(studio: Studio, spec: ModelSpec) -> list[ModelSpec]:
    """The models to compare `spec` with, of those that are possible now; empty while nothing is compared."""
    chosen = () if state.batch_on.get() else state.compared_with(spec.modality).get()
    hand = len(state.references.get())
    if not chosen or not _can_be_compared(studio, spec, hand):
        return []
    wanted = (draft.spec_of(studio, each) for each in chosen if each != spec.id)
    return [each for each in wanted if each is not None and _can_be_compared(studio, each, hand)][:MOST_OTHERS]


def shown(studio: Studio, spec: ModelSpec) -> Compared:
    """What the picker shows about comparing."""
    hand = len(state.references.get())
    reason = BATCH_IS_ON if state.batch_on.get() else ""
    if not reason and not _can_be_compared(studio, spec, hand):
        reason = UNFIT.format(model=spec.label)
    candidates = () if reason else [each for each in studio.catalog.usable() if each.modality is spec.modality]
    return Compared(
        others=[each.id for each in others(studio, spec)],
        possible=[each.id for each in candidates if each.id != spec.id and _takes_draft(each, hand)],
        most=MOST_OTHERS,
        reason=reason,
        has_past=studio.batches.has_any(BatchKind.COMPARISON),
    )


def _can_be_compared(studio: Studio, spec: ModelSpec, hand: int) -> bool:
    return not studio.catalog.refuses(spec) and _takes_draft(spec, hand)


def _takes_draft(spec: ModelSpec, hand: int) -> bool:
    """True if the model takes the prompt and all of the inputs, whose number is `hand`, and needs nothing else."""
    if spec.rank is Rank.UTILITY:
        return False
    references = chosen_inputs.references(spec) if hand else ()
    mode = spec.mode_for(references)
    roles = [each.role for each in references]
    return (
        len(references) == hand
        and mode.prompt_use is not PromptUse.NONE
        and all(roles.count(slot.role) >= slot.minimum for slot in mode.inputs)
        and not any(param.is_required and param.default is None for param in mode.params)
    )


@notify_errors
def choose(studio: Studio, spec: ModelSpec, model_ids: Sequence[str]) -> None:
    """Compare with exactly these models. For callbacks only; unknown ids are ignored."""
    known = {each.id for each in studio.catalog.models(spec.modality)} - {spec.id}
    wanted = tuple(dict.fromkeys(each for each in model_ids if each in known))[:MOST_OTHERS]
    state.compared_with(spec.modality).set(wanted)
    state.field_note.set(None)


def requests(studio: Studio, spec: ModelSpec) -> tuple[GenerationRequest, ...]:
    """The draft for each compared model, the chosen one first; not yet validated."""
    first = draft.request(spec, draft.preset(studio, spec.modality))
    return (
        first,
        *(carried(first, spec, each, chosen_inputs.references(each)) for each in others(studio, spec)),
    )


def show(studio: Studio, spec: ModelSpec) -> bool:
    """Draw what the other models get instead of the choices made, and whether names are hidden.

    Returns False, and draws nothing, while nothing is compared.
    """
    compared = others(studio, spec)
    if not compared:
        return False
    lines = [(each.label, text) for each, text in zip(compared, notes(studio, spec, compared), strict=True) if text]
    with st.container(key="compare_place", gap="xsmall"):
        if lines:
            st.html(f'<ul class="k-differ">{"".join(_line(label, text) for label, text in lines)}</ul>')
        st.toggle("Blind: hide the models’ names until I choose", key=state.compare_blind.key, persist_state="session")
    return True


def _line(label: str, text: str) -> str:
    return f"<li><b>{ui_text.escaped(label)}</b> {ui_text.escaped(text)}</li>"


def notes(studio: Studio, spec: ModelSpec, compared: Sequence[ModelSpec]) -> list[str]:
    """For each of the others what it gets instead, and why that cannot be sent, if it cannot."""
    first, *rest = requests(studio, spec)
    return [
        compare_text.note(
            spec, first, each, wanted, draft.rejection(each, wanted), mask=chosen_inputs.mask_difference(each)
        )
        for each, wanted in zip(compared, rest, strict=True)
    ]
