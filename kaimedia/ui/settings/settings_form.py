"""The defaults for Generate: drawn from the catalog, saved together."""

from __future__ import annotations

from typing import Any

import streamlit as st

from kaimedia.domain import Modality, Settings
from kaimedia.errors import InvalidRequest
from kaimedia.models.spec import ModelSpec
from kaimedia.studio import Studio
from kaimedia.ui import notices, state
from kaimedia.ui.shell import notify_errors

FIELDS = (
    "default_image_model",
    "default_image_aspect_ratio",
    "default_variant_count",
    "default_enhance",
    "default_video_model",
    "default_video_aspect_ratio",
    "default_video_duration",
)


def _slot(field: str) -> state.Slot[Any]:
    return state.Slot(f"setting_{field}", None)


def seed(saved: Settings) -> None:
    """Fill the widgets from the saved settings once per session; unsaved changes survive page changes."""
    for field in FIELDS:
        if not _slot(field).is_set():
            _slot(field).set(getattr(saved, field))


def show_images(studio: Studio) -> None:
    """The defaults for images."""
    spec = _model(studio, Modality.IMAGE, "default_image_model")
    with st.container(horizontal=True, gap="medium"):
        _pick("Aspect ratio", "default_image_aspect_ratio", spec.aspect_ratios)
        _pick("Variants", "default_variant_count", spec.variants)
    if spec.supports_enhance:
        st.toggle("Enhance prompts", key=_slot("default_enhance").key, persist_state="session")


def show_videos(studio: Studio) -> None:
    """The defaults for videos; lengths depend on the chosen model."""
    spec = _model(studio, Modality.VIDEO, "default_video_model")
    with st.container(horizontal=True, gap="medium"):
        _pick("Aspect ratio", "default_video_aspect_ratio", spec.aspect_ratios)
        length = _slot("default_video_duration")
        length.set(_fitting_length(spec, length.get()))
        if spec.durations_s:
            _pick("Length", "default_video_duration", spec.durations_s, unit=" s")


def _fitting_length(spec: ModelSpec, length_s: int | None) -> int | None:
    return length_s if length_s in spec.durations_s or not spec.durations_s else spec.default_duration_s


def _shown(studio: Studio, saved: Settings, field: str) -> Any:
    """The value a field shows; a length the saved model does not support becomes that model's default."""
    value = getattr(saved, field)
    if field != "default_video_duration":
        return value
    spec = next((each for each in studio.catalog.shipped(Modality.VIDEO) if each.id == saved.default_video_model), None)
    return _fitting_length(spec, value) if spec else value


def _model(studio: Studio, modality: Modality, field: str) -> ModelSpec:
    offered = {spec.id: spec for spec in studio.catalog.shipped(modality)}
    slot = _slot(field)
    if slot.get() not in offered:
        slot.set(next(iter(offered)))
    st.selectbox(
        "Model",
        list(offered),
        key=slot.key,
        filter_mode=None,
        persist_state="session",
        format_func=lambda model_id: offered[model_id].label + (" (retired)" if offered[model_id].retirement else ""),
    )
    return offered[slot.get()]


def _pick(label: str, field: str, offered: tuple[Any, ...], unit: str = "") -> None:
    slot = _slot(field)
    if slot.get() not in offered:
        slot.set(offered[0])
    st.segmented_control(
        label, offered, key=slot.key, required=True, persist_state="session", format_func=lambda value: f"{value}{unit}"
    )
    notices.field_note(field)


def save_bar(studio: Studio, saved: Settings) -> None:
    """Save and reset buttons, always in view."""
    has_changes = any(_slot(field).get() != _shown(studio, saved, field) for field in FIELDS)
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="save_bar"):
        if has_changes:
            st.html('<p class="k-quiet" role="status">Unsaved changes</p>', width="content")
        if st.button("Reset to defaults", type="tertiary", key="reset_settings"):
            _ask_reset(studio)
        st.button(
            "Save changes",
            type="primary",
            key="save_settings",
            disabled=not has_changes,
            on_click=_save,
            args=(studio,),
        )


@notify_errors
def _save(studio: Studio) -> None:
    state.field_note.set(None)
    try:
        studio.settings.save(**{field: _slot(field).get() for field in FIELDS})
    except InvalidRequest as error:
        state.field_note.set(state.FieldNote(error.field, error.message, error.next_step))
        return
    _start_over()
    state.notify("Settings saved.", icon=":material/check_circle:")


def _start_over() -> None:
    """Clear the widgets of Generate, so that it starts from the new defaults."""
    for key in [str(key) for key in st.session_state]:
        if key.startswith(("choice_", "last_", "model_")) or key == state.enhance.key:
            del st.session_state[key]


@st.dialog("Reset to defaults?", icon=":material/restart_alt:")
def _ask_reset(studio: Studio) -> None:
    st.markdown("Models, aspect ratios, variants and lengths go back to the original defaults. Your key is kept.")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel", key="reset_cancel"):
            st.rerun()
        if st.button("Reset", type="primary", key="reset_confirm", on_click=reset, args=(studio,)):
            st.rerun()


@notify_errors
def reset(studio: Studio) -> None:
    """Back to the product's defaults. For callbacks only."""
    studio.settings.reset()
    for field in FIELDS:
        st.session_state.pop(_slot(field).key, None)
    _start_over()
    state.notify("Defaults restored.", icon=":material/restart_alt:")
