"""What stands on the Generate page, as a request; and requests put back onto the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from kaimedia.domain import GenerationRequest, Modality, Settings
from kaimedia.errors import KaimediaError
from kaimedia.kie.spec import ModelSpec, Param, ReferenceUse, Refusal, request_facts
from kaimedia.presets import Preset, PresetSettings
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


def preset(studio: Studio, modality: Modality) -> Preset | None:
    """The style in use for a modality."""
    wanted = state.preset_of(modality).get()
    return next((each for each in studio.presets().items if each.id == wanted and each.suits(modality)), None)


def request(spec: ModelSpec, style: Preset | None = None) -> GenerationRequest:
    """The draft as a request, not yet validated; with a `style` its prompt is the whole that is sent."""
    prompt = state.prompt.get()
    chosen = state.reference.get() if has_reference(spec) else None
    return GenerationRequest(
        model=spec.id,
        prompt=style.around(prompt) if style else prompt,
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


def reuse(
    studio: Studio,
    wanted: GenerationRequest,
    modality: Modality,
    how: str = "all",
    model_id: str | None = None,
) -> list[str]:
    """Put a request back onto the page. For callbacks only.

    `how` is `all` (prompt, model, settings, reference), `prompt` (its words; all else stays as it stands) or `model`
    (everything, with the model `model_id` instead of its own). Returns the names of the settings that could not be
    brought along as they were, in words for a person: "Aspect ratio 3:2", "Reference image".
    """
    state.field_note.set(None)
    if how == "prompt":
        put_prompt(studio, wanted.prompt, state.modality())
        return []
    spec = spec_of(studio, model_id if how == "model" and model_id else wanted.model)
    if spec is None:
        state.set_modality(modality)
        put_prompt(studio, wanted.prompt, modality)
        return ["Model"]
    state.set_modality(spec.modality)
    put_prompt(studio, wanted.prompt, spec.modality)
    state.model_of(spec.modality).set(spec.id)
    return _bring_settings(spec, wanted) + _bring_reference(studio, spec, wanted)


def put_aside(studio: Studio, made_by: str) -> None:
    """Empty the prompt, keeping one the person wrote themselves (`made_by` is known). For callbacks only."""
    own = state.prompt.get().strip()
    _, known = taken_apart(studio, made_by, state.modality())
    if own and own != known.strip():
        state.draft_aside.set(own)
    state.write_prompt("")


def taking_references(studio: Studio, modality: Modality) -> ModelSpec | None:
    """The first model of a modality that takes a reference image and still runs."""
    offered = (each for each in studio.models(modality) if each.reference is not ReferenceUse.NONE)
    return next((each for each in offered if not studio.refuses(each)), None)


def put_prompt(studio: Studio, sent: str, modality: Modality) -> None:
    """Put a prompt that was sent back: what a style had put around it becomes that style again. For callbacks only."""
    style, own = taken_apart(studio, sent, modality)
    state.preset_of(modality).set(style.id if style else None)
    state.write_prompt(own)


def taken_apart(studio: Studio, sent: str, modality: Modality) -> tuple[Preset | None, str]:
    """The style a prompt was sent with, by its words, and the person's own; None and all of it when there was none."""
    return split_by(studio.presets().items, sent, modality)


def split_by(styles: Iterable[Preset], sent: str, modality: Modality) -> tuple[Preset | None, str]:
    """The same for styles that are known: reading them looks at the files each time."""
    fitting = (each for each in styles if each.suits(modality) and each.within(sent) is not None)
    style = max(fitting, key=lambda each: len(each.prompt), default=None)
    return style, (style.within(sent) if style else None) or sent


def put_settings(studio: Studio, modality: Modality, wanted: PresetSettings) -> list[str]:
    """Set what a style sets; returns the names of what the model does not offer. For callbacks only."""
    slot = state.model_of(modality)
    if wanted.model:
        slot.set(wanted.model)
    spec = spec_of(studio, slot.get())
    if spec is None:
        return []
    left = []
    if wanted.aspect_ratio:
        left += _bring("Aspect ratio", spec, "aspect", spec.aspect_ratios, wanted.aspect_ratio)
    if wanted.duration_s:
        left += _bring("Length", spec, "duration", spec.durations_s, wanted.duration_s, unit=" s")
    if wanted.variants:
        left += _bring("Variants", spec, "variants", spec.variants, wanted.variants)
    return left + _bring_params(spec, wanted.params)


def _bring_settings(spec: ModelSpec, wanted: GenerationRequest) -> list[str]:
    left = _bring("Aspect ratio", spec, "aspect", spec.aspect_ratios, wanted.aspect_ratio)
    left += _bring("Variants", spec, "variants", spec.variants, wanted.variants)
    if wanted.duration_s is not None or spec.durations_s:
        length = wanted.duration_s or spec.default_duration_s
        left += _bring("Length", spec, "duration", spec.durations_s, length, unit=" s")
    if spec.supports_enhance:
        state.enhance.set(wanted.enhance)
    elif wanted.enhance:
        left.append("Enhance")
    return left + _bring_params(spec, wanted.params)


def _bring_params(spec: ModelSpec, values: Mapping[str, Any]) -> list[str]:
    left = []
    for name, value in values.items():
        param = spec.param(name)
        if param is not None and param.takes(value):
            state.choice(spec.id, name).set(value)
        elif value not in (None, "", False):
            left.append(param.label if param else name.replace("_", " ").capitalize())
    return left


def _bring(
    label: str, spec: ModelSpec, name: str, offered: tuple[Any, ...], value: Any, *, unit: str = ""
) -> list[str]:
    """Set one shared choice; what the model does not offer is left and named."""
    if value in offered:
        state.choice(spec.id, name).set(value)
        state.last_choice(spec.modality, name).set(value)
        return []
    is_plain = value in (None, 1) and not offered[1:]  # one picture is no wish
    return [] if is_plain else [f"{label} {value}{unit}"]


def _bring_reference(studio: Studio, spec: ModelSpec, wanted: GenerationRequest) -> list[str]:
    if wanted.reference is None:
        state.reference.set(None)
        return []
    try:
        preview = studio.reference_preview(wanted.reference)
    except KaimediaError:
        state.tell("The reference image of that task is gone; choose it again.", icon=":material/image:")
        state.reference.set(None)
        return ["Reference image"]
    state.reference.set(state.ReferenceDraft(wanted.reference, preview, "Earlier task"))
    return ["Reference image"] if spec.reference is ReferenceUse.NONE else []


def forget_field(*names: str) -> None:
    """Take the red line away when the field it is about was touched."""
    note = state.field_note.get()
    if note is not None and note.field in names:
        st.session_state.pop(state.field_note.key, None)
