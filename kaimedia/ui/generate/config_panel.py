"""Model and settings of a generation, driven by the model's spec."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from kaimedia.jobs.provider_state import ProviderState
from kaimedia.models.params import Param, ParamKind
from kaimedia.models.spec import ModelSpec
from kaimedia.providers.registry import label_of
from kaimedia.studio import Studio
from kaimedia.ui import notices, state, ui_text
from kaimedia.ui.generate import comparing, draft, model_choice, model_switch, param_form

MOST_BUTTONS = 7
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
    """Draw the model picker, what a change of model has dropped, the tagline or what is compared.

    What to know first, as of a retired model, is a notice.
    """
    model_choice.show(studio, spec)
    if dropped := model_switch.dropped_line(spec):
        st.html(f'<p class="k-quiet k-dropped" role="status">{ui_text.escaped(dropped)}</p>')
    if not comparing.show(studio, spec):
        st.html(f'<p class="k-quiet k-tagline">{ui_text.escaped(_tagline(spec))}</p>')
    if spec.retirement is not None:
        _retired(studio, spec, provider)
    elif detail := studio.catalog.detail(spec):
        notes = " ".join([detail, *(spec.notes if studio.catalog.listing(spec).is_added else ())])
        with st.container(key="unlisted"):
            st.html(f'<p class="k-banner-amber" role="status">{ui_text.escaped(notes)}</p>')


def _tagline(spec: ModelSpec) -> str:
    return " · ".join(part for part in (spec.tagline, ui_text.lengths_line(spec)) if part)


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
            on_click=model_switch.switch_to,
            args=(studio, retirement.replacement),
        )


def show_settings(spec: ModelSpec) -> None:
    """Draw aspect ratio, variants or length, and the model's own fields."""
    mode, request = draft.mode_of(spec), draft.request(spec)
    with st.container(horizontal=True, gap="small", key="settings_row"):
        if spec.aspect_ratios:  # drawn even where an input decides, so that nothing moves when one is chosen
            is_fixed = not mode.aspect_ratios or spec.aspect_follows(request)
            ratios, ratio = (mode, request.aspect_ratio) if mode.aspect_ratios else (spec, "")
            ratio = ratio or spec.default_aspect_ratio or spec.aspect_ratios[0]
            _shared(spec, "Aspect ratio", "aspect", ratios.aspect_ratios, ratio, _ratio, is_fixed)
        if len(mode.variants) > 1:
            _shared(spec, "Variants", "variants", mode.variants, request.variants, str)
        if mode.durations_s:
            _shared(spec, "Length", "duration", mode.durations_s, request.duration_s, ui_text.length)
        param_form.show(spec, [param for param in mode.params if _is_plain(param)], is_row=True)
    _refused(spec)
    notices.field_note("aspect_ratio", "variants", "duration_s", *(p.name for p in spec.params if _is_plain(p)))
    _advanced(spec)


def _ratio(ratio: str) -> str:
    return f":material/{RATIO_ICONS.get(ratio, 'crop_free')}: {ui_text.choice(ratio)}"


def _shared(
    spec: ModelSpec,
    label: str,
    name: str,
    offered: tuple[Any, ...],
    value: Any,
    text: Callable[[Any], str],
    is_fixed: bool = False,
) -> None:
    """One setting that all models call the same: buttons for a few values, a list for many."""
    slot = state.choice(spec.id, name)
    if not slot.is_set() or slot.get() not in offered:  # of another mode
        slot.set(value)
    common: dict[str, Any] = {
        "key": slot.key,
        "format_func": text,
        "disabled": is_fixed,
        "persist_state": "session",
        "on_change": draft.forget_field,
        "args": (_FIELDS.get(name, name),),
    }
    if len(offered) <= MOST_BUTTONS:
        st.segmented_control(label, offered, required=True, **common)
    else:
        st.selectbox(label, offered, filter_mode=None, **common | {"format_func": ui_text.without_icon(text)})


_FIELDS = {"aspect": "aspect_ratio", "duration": "duration_s"}


def _is_plain(param: Param) -> bool:
    """True for fields shown outside Advanced: choices the user makes each time, and what must be filled in."""
    is_missing = param.is_required and param.default is None
    return is_missing or (param.kind in (ParamKind.CHOICE, ParamKind.FLAG, ParamKind.TASK) and not param.advanced)


def _refused(spec: ModelSpec) -> None:
    refused = draft.rejection(spec)
    if refused is not None:
        st.html(
            f'<p class="k-field-note" role="alert" data-field="{ui_text.escaped(refused.field)}">'
            f"{ui_text.escaped(refused.message)}</p>"
        )


def _advanced(spec: ModelSpec) -> None:
    advanced = [param for param in draft.mode_of(spec).params if not _is_plain(param)]
    if not advanced:
        return
    note = state.field_note.get()
    is_open = note is not None and note.field in {param.name for param in advanced}
    with st.expander("Advanced", icon=":material/tune:", expanded=is_open):
        param_form.show(spec, advanced)
        notices.field_note(*(param.name for param in advanced))
