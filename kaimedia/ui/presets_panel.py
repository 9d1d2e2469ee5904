"""Styles: choose one, see it as a chip, see what is sent, take it away."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import Modality
from kaimedia.kie.spec import ModelSpec
from kaimedia.presets import Preset, PresetProblem
from kaimedia.studio import Studio
from kaimedia.ui import draft, own_styles, sent_prompt, state, style_saving, style_search, words
from kaimedia.ui.shell import answering

MOST_PROBLEMS = 5


def show_button(studio: Studio, spec: ModelSpec) -> None:
    """Draw the button with all styles of the modality behind it."""
    offered = {each.id: each for each in studio.presets().items if each.suits(spec.modality)}
    slot = state.preset_of(spec.modality)
    if slot.get() not in (None, *offered):
        slot.set(None)  # its file is gone
    box = st.popover("Style", icon=":material/palette:", type="tertiary", key=state.styles_open.key, on_change="rerun")
    with box, st.container(key="style_cards", gap="small"):
        st.html(f"<style>{_paint(list(offered.values()))}</style>")
        _problems(studio.presets().problems)
        style_search.show(list(offered.values()))
        st.pills(
            "Style",
            list(offered),
            key=slot.key,
            format_func=lambda each: words.plain_markdown(offered[each].name),
            selection_mode="single",
            label_visibility="collapsed",
            persist_state="session",
            on_change=_chosen,
            args=(studio, spec.modality),
        )
        style_saving.show(studio, spec.modality)
        if any(not each.is_ours for each in studio.presets().items):
            own_styles.show_button()
        folder = words.escaped(str(studio.presets_folder()))
        st.html(f'<p class="k-quiet k-own">Your own styles are small files in <code>{folder}</code></p>')


def show_chip(studio: Studio, spec: ModelSpec) -> None:
    """Draw the style in use and what it makes of the prompt; nothing without one."""
    preset = draft.preset(studio, spec.modality)
    if preset is None:
        return
    with st.container(key="style_line", gap="xsmall"):
        st.html(f"<style>.st-key-style_chip{{--swatch:{own_styles.swatch(preset)}}}</style>")
        with st.container(key="style_chip", horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.html(f'<p class="k-chip"><i></i><b>{words.escaped(preset.name)}</b>{_also(preset)}</p>', width="content")
            st.button(
                f"Remove the style {words.plain_markdown(preset.name)}",
                key="style_remove",
                type="tertiary",
                icon=":material/close:",
                on_click=state.preset_of(spec.modality).set,
                args=(None,),
            )
        sent_prompt.show(target=f".st-key-{state.prompt.key}", before=preset.before, after=preset.after)


def _also(preset: Preset) -> str:
    """What the style has set besides, in words."""
    settings = preset.settings
    said = [settings.aspect_ratio, f"{settings.duration_s} s" if settings.duration_s else None]
    said.append(f"{settings.variants} variants" if settings.variants else None)
    text = " · ".join(part for part in said if part)
    return f"<span>{words.escaped(text)}</span>" if text else ""


def _paint(presets: list[Preset]) -> str:
    """Each card's own picture, by its place among the options."""
    return "".join(
        f".st-key-style_cards [role=radiogroup]>:nth-child({place}){{--swatch:{own_styles.swatch(preset)}}}"
        for place, preset in enumerate(presets, start=1)
    )


def _problems(problems: tuple[PresetProblem, ...]) -> None:
    for problem in problems[:MOST_PROBLEMS]:
        text = f"{problem.file}, line {problem.line}: {problem.words}. It is left out."
        st.html(f'<p class="k-own-problem" role="status">{words.escaped(text)}</p>')
    more = len(problems) - MOST_PROBLEMS
    if more > 0:
        st.html(f'<p class="k-own-problem" role="status">{more} more files are left out.</p>')


@answering
def _chosen(studio: Studio, modality: Modality) -> None:
    preset = draft.preset(studio, modality)
    if preset is None:
        return
    state.field_note.set(None)
    if left := draft.put_settings(studio, modality, preset.settings):
        state.tell(f"{preset.name}: {', '.join(left)} is not offered by this model and stays as it was.")
