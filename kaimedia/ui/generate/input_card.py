"""One chosen input: its preview or a small player, what it is for, and how to remove it."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import streamlit as st

from kaimedia.domain import InputKind, Reference
from kaimedia.errors import KaimediaError
from kaimedia.models.inputs import InputSlot
from kaimedia.models.spec import ModelSpec
from kaimedia.studio import Studio
from kaimedia.ui import state, ui_text
from kaimedia.ui.generate import chosen_inputs, mask_painting


def number(found: Sequence[chosen_inputs.Placed], place: int, slot: InputSlot) -> int | None:
    """Which of several it is, as prompts refer to "image 2"; None for the only one in its slot."""
    same = [each for each, _, its_slot in found if its_slot is slot]
    return same.index(place) + 1 if len(same) > 1 else None


def show(
    studio: Studio, spec: ModelSpec, place: int, chosen: state.ReferenceDraft, slot: InputSlot, *, number: int | None
) -> None:
    """Draw the card; `place` is its place among all that are chosen, `number` its place in the slot."""
    title = f"{slot.label} · sets the aspect ratio" if slot.sets_aspect else slot.label
    if number is not None:
        title = f"{slot.kind.capitalize()} {number}"
    name = slot.label.lower() if number is None else f"{slot.label.lower()} {number}"
    with st.container(key=f"reference_item_{place}", horizontal=True, vertical_alignment="center", gap="xsmall"):
        _preview(studio, chosen, name)
        length_s = chosen.reference.duration_s
        about = chosen.origin if length_s is None else f"{length_s:.1f} s · {chosen.origin}"
        st.html(f'<p class="k-reference-text"><b>{title}</b><span>{ui_text.escaped(about)}</span></p>')
        mask_painting.show_button(spec, place)
        st.button(
            f"Remove {name}",
            key=f"reference_remove_{place}",
            type="tertiary",
            icon=":material/close:",
            on_click=_remove,
            args=(place,),
        )


def _preview(studio: Studio, chosen: state.ReferenceDraft, name: str) -> None:
    if chosen.reference.kind is InputKind.AUDIO:
        if (sound := _sound(studio, chosen.reference)) is not None:
            st.audio(sound[0], format=sound[1], width=40)
            return
        st.html(f'<span class="k-reference k-sound" role="img" aria-label="Your {name}">♪</span>', width="content")
        return
    data = base64.b64encode(chosen.preview).decode("ascii")
    st.html(f'<img class="k-reference" src="data:image/webp;base64,{data}" alt="Your {name}">', width="content")


def _sound(studio: Studio, reference: Reference) -> tuple[bytes, str] | None:
    try:
        return studio.references.sound(reference) if reference.filename else None
    except KaimediaError:
        return None


def _remove(place: int) -> None:
    chosen_inputs.remove(place)
    state.field_note.set(None)
    state.reference_round.set(state.reference_round.get() + 1)
