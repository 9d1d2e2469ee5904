"""Model and settings of a generation, driven by the model's spec."""

from __future__ import annotations

import streamlit as st

from kaimedia.domain import Modality
from kaimedia.jobs.providers import ProviderState
from kaimedia.models.spec import ModelSpec, Param
from kaimedia.providers.registry import label_of
from kaimedia.studio import Studio
from kaimedia.ui import notices, state, ui_text
from kaimedia.ui.generate import draft, param_form

RATIO_ICONS = {
    "1:1": "crop_square",
    "3:2": "crop_landscape",
    "2:3": "crop_portrait",
    "4:3": "crop_landscape",
    "3:4": "crop_portrait",
    "16:9": "crop_16_9",
    "9:16": "crop_9_16",
}


def show_model(studio: Studio, spec: ModelSpec, provider: ProviderState) -> None:
    """Draw the model selector (if there is a choice), the tagline, and a notice if the model is retired."""
    offered = studio.catalog.models(spec.modality)
    if len(offered) > 1:
        labels = {each.id: each.label + (" (retired)" if each.retirement else "") for each in offered}
        st.selectbox(
            "Model",
            list(labels),
            key=state.model_of(spec.modality).key,
            format_func=labels.__getitem__,
            filter_mode=None,
            persist_state="session",
            on_change=_model_changed,
            args=(studio, spec.modality),
        )
    st.html(f'<p class="k-quiet k-tagline">{ui_text.escaped(_tagline(spec))}</p>')
    if spec.retirement is not None:
        _retired(studio, spec, provider)


def _tagline(spec: ModelSpec) -> str:
    parts = [spec.tagline, ui_text.lengths_line(spec)]
    if spec.modality is Modality.IMAGE:
        parts.insert(0, spec.label)
    return " · ".join(part for part in parts if part)


def _model_changed(studio: Studio, modality: Modality) -> None:
    state.field_note.set(None)
    draft.carry_over(studio, modality)


def _retired(studio: Studio, spec: ModelSpec, provider: ProviderState) -> None:
    retirement = spec.retirement
    if retirement is None:
        return
    instead = draft.spec_of(studio, retirement.replacement)
    label = instead.label if instead else retirement.replacement
    tail = " It still works in the sandbox." if provider.is_sandbox else ""
    text = f"Retired by {label_of(spec.provider)} on {retirement.on}. {label} is the replacement.{tail}"
    with st.container(key="retired", gap="xsmall", horizontal=True, vertical_alignment="center"):
        st.html(f'<p class="k-banner-amber" role="status">{ui_text.escaped(text)}</p>')
        st.button(
            f"Switch to {label}",
            key="switch_model",
            icon=":material/swap_horiz:",
            on_click=_switch_model,
            args=(studio, spec.modality, retirement.replacement),
        )


def _switch_model(studio: Studio, modality: Modality, model_id: str) -> None:
    state.model_of(modality).set(model_id)
    _model_changed(studio, modality)


def show_settings(spec: ModelSpec) -> None:
    """Draw aspect ratio, variants or length, and the model's own fields."""
    follows_image = spec.aspect_follows(draft.request(spec))
    with st.container(horizontal=True, gap="small", key="settings_row"):
        st.segmented_control(
            "Aspect ratio",
            spec.aspect_ratios,
            key=state.choice(spec.id, "aspect").key,
            format_func=lambda ratio: f":material/{RATIO_ICONS.get(ratio, 'crop_free')}: {ratio}",
            required=True,
            disabled=follows_image,
            persist_state="session",
            on_change=draft.forget_field,
            args=("aspect_ratio",),
        )
        if len(spec.variants) > 1:
            st.segmented_control(
                "Variants",
                spec.variants,
                key=state.choice(spec.id, "variants").key,
                required=True,
                persist_state="session",
                on_change=draft.forget_field,
                args=("variants",),
            )
        if spec.durations_s:
            st.segmented_control(
                "Length",
                spec.durations_s,
                key=state.choice(spec.id, "duration").key,
                format_func=lambda length: f"{length} s",
                required=True,
                persist_state="session",
                on_change=draft.forget_field,
                args=("duration_s",),
            )
        param_form.show(spec, [param for param in draft.offered_params(spec) if _is_plain(param)])
    _refused(spec)
    notices.field_note("aspect_ratio", "variants", "duration_s", *(p.name for p in spec.params if _is_plain(p)))
    _advanced(spec)


def _is_plain(param: Param) -> bool:
    """True for fields shown outside Advanced: choices the user makes each time."""
    return param.kind == "choice" and not param.advanced


def _refused(spec: ModelSpec) -> None:
    refused = draft.refusal(spec)
    if refused is not None:
        st.html(
            f'<p class="k-field-note" role="alert" data-field="{ui_text.escaped(refused.field)}">'
            f"{ui_text.escaped(refused.message)}</p>"
        )


def _advanced(spec: ModelSpec) -> None:
    advanced = [param for param in draft.offered_params(spec) if not _is_plain(param)]
    if not advanced:
        return
    note = state.field_note.get()
    is_open = note is not None and note.field in {param.name for param in advanced}
    with st.expander("Advanced", icon=":material/tune:", expanded=is_open):
        param_form.show(spec, advanced)
        notices.field_note(*(param.name for param in advanced))
