"""The prompt with its live counter, Enhance and Surprise me."""

from __future__ import annotations

import random

import streamlit as st

from kaimedia.domain import Modality
from kaimedia.kie.spec import ModelSpec
from kaimedia.ui import notices, prompt_meter, reads, state

PLACEHOLDERS = {
    Modality.IMAGE: "Describe your image. Subject, style, light, mood…",
    Modality.VIDEO: "Describe the shot. Subject, motion, camera, mood…",
}
RED_BORDER = (
    "<style>.st-key-prompt [data-testid=stTextAreaRootElement]{border-color:var(--kai-red)!important;"
    "box-shadow:0 0 0 3px color-mix(in srgb,var(--kai-red) 22%,transparent)}</style>"
)


def show(spec: ModelSpec) -> None:
    """Draw the prompt; its limit is the model's own.

    The limit is not given to the widget: a text that is too long for the new model is kept and told, not cut.
    """
    st.text_area(
        "Prompt",
        key=state.prompt.key,
        height=120,
        placeholder=PLACEHOLDERS[spec.modality],
        on_change="ignore",  # no rerun on blur: nothing jumps while the mouse goes to Generate
        persist_state="session",
    )
    prompt_meter.show(target=f".st-key-{state.prompt.key}", limit=spec.prompt_max_chars, turn=state.prompt_turn.get())
    note = state.field_note.get()
    if note is not None and note.field == "prompt":
        st.html(RED_BORDER)
        notices.field_note("prompt")
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="prompt_row"
    ):
        if spec.supports_enhance:
            st.toggle("Enhance prompt", key=state.enhance.key, persist_state="session")
        else:
            st.html('<p class="k-quiet">This model takes the prompt as it is</p>', width="content")
        st.button(
            "Surprise me",
            key="surprise",
            icon=":material/casino:",
            type="tertiary",
            on_click=_surprise,
            args=(spec.modality,),
        )
    notices.field_note("enhance")


def _surprise(modality: Modality) -> None:
    others = [idea for idea in reads.ideas(modality) if idea != state.prompt.get()]
    use_idea(random.choice(others))


def use_idea(text: str) -> None:
    """Put an idea into the prompt. For callbacks only."""
    state.write_prompt(text)
    state.field_note.set(None)
