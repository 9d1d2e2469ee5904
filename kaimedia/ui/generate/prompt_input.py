"""The prompt with its live counter, earlier prompts, Enhance, styles and Surprise me."""

from __future__ import annotations

import random

import streamlit as st

from kaimedia.domain import Modality
from kaimedia.models.spec import ModelSpec, PromptUse
from kaimedia.studio import Studio
from kaimedia.ui import notices, reads, state, ui_text
from kaimedia.ui.generate import batch_draft, batch_form, draft, presets_panel, prompt_history, prompt_meter

PLACEHOLDERS = {
    Modality.IMAGE: "Describe your image. Subject, style, light, mood…",
    Modality.VIDEO: "Describe the shot. Subject, motion, camera, mood…",
}
RED_BORDER = (
    "<style>.st-key-prompt [data-testid=stTextAreaRootElement]{border-color:var(--kai-red)!important;"
    "box-shadow:0 0 0 3px color-mix(in srgb,var(--kai-red) 22%,transparent)}</style>"
)


SEEN = 24  # an idea is not repeated until this many others were shown


def show(studio: Studio, spec: ModelSpec) -> None:
    """Draw the prompt; its limit is the model's own.

    The widget gets no limit: a text that is too long for a new model is reported, not truncated.
    """
    style = draft.preset(studio, spec.modality)
    takes_prompt = spec.prompt_use is not PromptUse.NONE
    is_batch = batch_draft.is_on()
    with st.container(key="prompt_box", gap="small"):
        st.text_area(
            "Prompt",
            key=state.prompt.key,
            height=120,
            placeholder=_placeholder(spec, is_batch=is_batch),
            disabled=not takes_prompt,
            # Without a batch no rerun on blur: nothing jumps while the mouse goes to Generate.
            on_change="rerun" if is_batch else "ignore",
            persist_state="session",
        )
        prompt_meter.show(
            target=f".st-key-{state.prompt.key}",
            limit=spec.prompt_max_chars,
            turn=state.prompt_turn.get(),
            text=state.prompt.get(),
            before=style.before if style else "",
            after=style.after if style else "",
            is_lines=is_batch,
        )
        with st.container(key="prompt_head", horizontal=True, vertical_alignment="center", gap="small"):
            batch_form.show_switch()
            prompt_history.show(studio)
        _saved_draft()
    note = state.field_note.get()
    if note is not None and note.field == "prompt":
        st.html(RED_BORDER)
        notices.field_note("prompt")
    _row(studio, spec)
    notices.field_note("enhance")
    presets_panel.show_chip(studio, spec)


def _placeholder(spec: ModelSpec, *, is_batch: bool) -> str:
    if spec.prompt_use is PromptUse.NONE:
        return f"{spec.label} takes no prompt."
    return batch_form.PLACEHOLDER if is_batch else PLACEHOLDERS[spec.modality]


def _saved_draft() -> None:
    """Offer to restore the draft that was replaced for a reference; drawn over the field, so nothing moves."""
    saved = state.saved_draft.get()
    if not saved or state.prompt.get().strip():
        return
    with st.container(key="saved_draft"):
        st.button(
            f"Restore “{ui_text.plain_markdown(ui_text.one_line(saved, 26))}”",
            key="restore_draft",
            icon=":material/undo:",
            on_click=_restore_draft,
        )


def _restore_draft() -> None:
    state.write_prompt(state.saved_draft.take())


def _row(studio: Studio, spec: ModelSpec) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="prompt_row", wrap=False):
        if spec.supports_enhance:
            st.toggle("Enhance", key=state.enhance.key, persist_state="session")
        presets_panel.show_button(studio, spec)
        st.button(
            "Surprise me",
            key="surprise",
            icon=":material/casino:",
            type="tertiary",
            on_click=_surprise,
            args=(spec.modality,),
        )


def _surprise(modality: Modality) -> None:
    ideas, seen = reads.ideas(modality), state.ideas_seen.get()
    fresh = [idea for idea in ideas if idea not in seen and idea != state.prompt.get()]
    chosen = random.choice(fresh or [idea for idea in ideas if idea != state.prompt.get()])
    state.ideas_seen.set((*seen, chosen)[-SEEN:])
    others = state.prompt.get().rstrip() if batch_draft.is_on() else ""
    use_idea(f"{others}\n{chosen}" if others else chosen)


def use_idea(text: str) -> None:
    """Put an idea into the prompt. For callbacks only."""
    state.write_prompt(text)
    state.field_note.set(None)
