"""What stands on the Generate page, as a request; and requests put back onto the page."""

from __future__ import annotations

from typing import Any

import streamlit as st

from kaimedia.domain import GenerationRequest, Modality, Settings
from kaimedia.errors import KaimediaError
from kaimedia.kie.spec import ModelSpec, Param, ReferenceUse, Refusal, request_facts
from kaimedia.studio import Studio
from kaimedia.ui import state


def spec_of(studio: Studio, model_id: str) -> ModelSpec | None:
    """The catalogue's entry of that id, or None when it is gone."""
    return next((spec for spec in studio.models() if spec.id == model_id), None)


def current_spec(studio: Studio, settings: Settings) -> ModelSpec:
    """The model chosen for the current modality; the saved default at first."""
    modality = state.modality()
    offered = studio.models(modality)
    slot = state.model_of(modality)
    default = settings.default_video_model if modality is Modality.VIDEO else settings.default_image_model
    if slot.get() not in {spec.id for spec in offered}:
        slot.set(default if default in {spec.id for spec in offered} else offered[0].id)
    return next(spec for spec in offered if spec.id == slot.get())


def seed(spec: ModelSpec, settings: Settings) -> None:
    """Give every setting of the model a value before its widget is drawn.

    What was last chosen for the modality wins, then the saved default, then the model's own.
    """
    is_video = spec.modality is Modality.VIDEO
    aspect = settings.default_video_aspect_ratio if is_video else settings.default_image_aspect_ratio
    _seed_one(spec, "aspect", spec.aspect_ratios, aspect, spec.aspect_ratios[0])
    _seed_one(spec, "variants", spec.variants, settings.default_variant_count, spec.variants[0])
    if spec.durations_s:
        own = spec.default_duration_s or spec.durations_s[0]
        _seed_one(spec, "duration", spec.durations_s, settings.default_video_duration, own)
    for param in spec.params:
        slot = state.choice(spec.id, param.name)
        if not slot.is_set():
            slot.set("" if param.kind == "text" and param.default is None else param.default)
    if not state.enhance.is_set():
        state.enhance.set(settings.default_enhance)


def _seed_one(spec: ModelSpec, name: str, offered: tuple[Any, ...], saved: Any, own: Any) -> None:
    slot = state.choice(spec.id, name)
    if slot.is_set() and slot.get() in offered:
        return
    last = state.last_choice(spec.modality, name).get()
    slot.set(next((value for value in (last, saved) if value in offered), own))


def remember(spec: ModelSpec) -> None:
    """Note the drawn choices, so that the next model starts with them."""
    for name in ("aspect", "variants", "duration"):
        slot = state.choice(spec.id, name)
        if slot.is_set():
            state.last_choice(spec.modality, name).set(slot.get())


def carry_over(studio: Studio, modality: Modality) -> None:
    """The model was changed: bring the last choices along where the new one offers them."""
    spec = spec_of(studio, state.model_of(modality).get())
    if spec is None:
        return
    offers = {"aspect": spec.aspect_ratios, "variants": spec.variants, "duration": spec.durations_s}
    for name, offered in offers.items():
        last = state.last_choice(modality, name).get()
        if last in offered:
            state.choice(spec.id, name).set(last)


def offered_params(spec: ModelSpec) -> tuple[Param, ...]:
    """The model's own fields for the draft as it stands."""
    return spec.offered_params(has_reference=has_reference(spec))


def has_reference(spec: ModelSpec) -> bool:
    """True when a reference is chosen and this model takes one."""
    return state.reference.get() is not None and spec.reference is not ReferenceUse.NONE


def request(spec: ModelSpec) -> GenerationRequest:
    """The draft as a request, not yet validated."""
    chosen = state.reference.get() if has_reference(spec) else None
    return GenerationRequest(
        model=spec.id,
        prompt=state.prompt.get(),
        aspect_ratio=state.choice(spec.id, "aspect", spec.aspect_ratios[0]).get(),
        variants=state.choice(spec.id, "variants", spec.variants[0]).get(),
        duration_s=state.choice(spec.id, "duration", spec.default_duration_s).get() if spec.durations_s else None,
        enhance=spec.supports_enhance and state.enhance.get(),
        reference=chosen.reference if chosen else None,
        params={param.name: state.choice(spec.id, param.name, param.default).get() for param in offered_params(spec)},
    )


def refusal(spec: ModelSpec) -> Refusal | None:
    """The combination of settings the provider refuses, if this is one."""
    facts = request_facts(request(spec))
    return next((r for r in spec.refusals if all(facts.get(key) == value for key, value in r.when.items())), None)


def reuse(studio: Studio, wanted: GenerationRequest, modality: Modality) -> None:
    """Put a request back onto the page: prompt, model, settings, reference. For callbacks only."""
    state.write_prompt(wanted.prompt)
    state.field_note.set(None)
    state.set_modality(modality)
    spec = spec_of(studio, wanted.model)
    if spec is None:
        return
    state.model_of(modality).set(spec.id)
    state.choice(spec.id, "aspect").set(wanted.aspect_ratio)
    state.choice(spec.id, "variants").set(wanted.variants)
    if spec.durations_s:
        state.choice(spec.id, "duration").set(wanted.duration_s or spec.default_duration_s)
    if spec.supports_enhance:
        state.enhance.set(wanted.enhance)
    for name, value in wanted.params.items():
        if spec.param(name) is not None:
            state.choice(spec.id, name).set(value)
    _bring_reference(studio, wanted)


def _bring_reference(studio: Studio, wanted: GenerationRequest) -> None:
    if wanted.reference is None:
        state.reference.set(None)
        return
    try:
        preview = studio.reference_preview(wanted.reference)
    except KaimediaError:
        state.tell("The reference image of that task is gone; choose it again.", icon=":material/image:")
        state.reference.set(None)
        return
    state.reference.set(state.ReferenceDraft(wanted.reference, preview, "Earlier task"))


def forget_field(*names: str) -> None:
    """Take the red line away when the field it is about was touched."""
    note = state.field_note.get()
    if note is not None and note.field in names:
        st.session_state.pop(state.field_note.key, None)
