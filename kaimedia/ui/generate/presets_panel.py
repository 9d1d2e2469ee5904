"""Styles: choose one, show it as a chip with the full prompt, remove it."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import Modality
from kaimedia.models.spec import ModelSpec
from kaimedia.presets import Preset, PresetProblem
from kaimedia.studio import Studio
from kaimedia.ui import pickers, state, ui_text
from kaimedia.ui.generate import draft, own_styles, sent_prompt, style_saving, style_search
from kaimedia.ui.shell import notify_errors

MAX_PROBLEMS = 5


def show_button(studio: Studio, spec: ModelSpec) -> None:
    """Draw the Style button; its popover lists all styles of the modality."""
    styles = studio.styles.all()
    offered = {each.id: each for each in styles.items if each.suits(spec.modality)}
    slot = state.preset_of(spec.modality)
    if slot.get() not in (None, *offered):
        slot.set(None)  # its file was deleted
    box = st.popover("Style", icon=":material/palette:", type="tertiary", key=state.styles_open.key, on_change="rerun")
    with box, st.container(key="style_cards", gap="small"):
        st.html(f"<style>{_paint(list(offered.values()))}</style>")
        _problems(styles.problems)
        style_search.show(list(offered.values()))
        key = pickers.key_of(slot)
        st.pills(
            "Style",
            list(offered),
            default=slot.get(),
            key=key,
            format_func=lambda each: ui_text.plain_markdown(offered[each].name),
            selection_mode="single",
            label_visibility="collapsed",
            on_change=_chosen,
            args=(studio, spec.modality, key),
        )
        style_saving.show(studio, spec.modality)
        if any(not each.is_builtin for each in styles.items):
            own_styles.show_button()
        folder = ui_text.escaped(str(studio.styles.folder()))
        st.html(f'<p class="k-quiet k-own">Your own styles are stored in <code>{folder}</code></p>')


def show_chip(studio: Studio, spec: ModelSpec) -> None:
    """Draw the chip of the chosen style and the full prompt; nothing without a style."""
    preset = draft.preset(studio, spec.modality)
    if preset is None:
        return
    with st.container(key="style_line", gap="xsmall"):
        st.html(f"<style>.st-key-style_chip{{--swatch:{own_styles.swatch(preset)}}}</style>")
        with st.container(key="style_chip", horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.html(
                f'<p class="k-chip"><i></i><b>{ui_text.escaped(preset.name)}</b>{_also(preset)}</p>', width="content"
            )
            st.button(
                f"Remove the style {ui_text.plain_markdown(preset.name)}",
                key="style_remove",
                type="tertiary",
                icon=":material/close:",
                on_click=state.preset_of(spec.modality).set,
                args=(None,),
            )
        sent_prompt.show(target=f".st-key-{state.prompt.key}", before=preset.before, after=preset.after)


def _also(preset: Preset) -> str:
    """The settings the style has set, as text."""
    settings = preset.settings
    parts = [settings.aspect_ratio, f"{settings.duration_s} s" if settings.duration_s else None]
    parts.append(f"{settings.variants} variants" if settings.variants else None)
    text = " · ".join(part for part in parts if part)
    return f"<span>{ui_text.escaped(text)}</span>" if text else ""


def _paint(presets: list[Preset]) -> str:
    """The CSS for each card's image, by its position among the options."""
    return "".join(
        f".st-key-style_cards [role=radiogroup]>:nth-child({place}){{--swatch:{own_styles.swatch(preset)}}}"
        for place, preset in enumerate(presets, start=1)
    )


def _problems(problems: tuple[PresetProblem, ...]) -> None:
    for problem in problems[:MAX_PROBLEMS]:
        text = f"{problem.file}, line {problem.line}: {problem.detail}. This style is skipped."
        st.html(f'<p class="k-own-problem" role="status">{ui_text.escaped(text)}</p>')
    more = len(problems) - MAX_PROBLEMS
    if more > 0:
        st.html(f'<p class="k-own-problem" role="status">{more} more files are skipped.</p>')


@notify_errors
def _chosen(studio: Studio, modality: Modality, key: str) -> None:
    slot = state.preset_of(modality)
    if not pickers.is_current(slot, key):
        return
    pickers.take(slot, key)
    preset = draft.preset(studio, modality)
    if preset is None:
        return
    state.field_note.set(None)
    if left := draft.put_settings(studio, modality, preset.settings):
        state.notify(f"{preset.name}: this model does not offer {', '.join(left)}; it was left unchanged.")
