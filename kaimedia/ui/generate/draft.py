"""Converts the Generate form to a request, and a request back to the form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from kaimedia.domain import GenerationRequest, Modality, Role, Settings
from kaimedia.errors import InvalidRequest, KaimediaError
from kaimedia.models.params import Param
from kaimedia.models.rules import RuleKind, check_rules
from kaimedia.models.spec import ModelSpec, PromptUse
from kaimedia.presets import Preset, PresetSettings
from kaimedia.studio import Studio
from kaimedia.ui import state
from kaimedia.ui.generate import chosen_inputs, param_value


def spec_of(studio: Studio, model_id: str) -> ModelSpec | None:
    """The catalog entry with that id, or None when it no longer exists."""
    return next((spec for spec in studio.catalog.models() if spec.id == model_id), None)


def current_spec(studio: Studio, settings: Settings) -> ModelSpec:
    """The model chosen for the current modality; the saved default at first."""
    modality = state.modality()
    offered = studio.catalog.models(modality)
    slot = state.model_of(modality)
    default = settings.default_video_model if modality is Modality.VIDEO else settings.default_image_model
    if slot.get() not in {spec.id for spec in offered}:
        slot.set(default if default in {spec.id for spec in offered} else offered[0].id)
    return next(spec for spec in offered if spec.id == slot.get())


def seed(spec: ModelSpec, settings: Settings) -> None:
    """Set a value for every setting of the model before its widget is drawn.

    The last choice for the modality wins, then the saved default, then the model's default.
    """
    is_video = spec.modality is Modality.VIDEO
    aspect = settings.default_video_aspect_ratio if is_video else settings.default_image_aspect_ratio
    if spec.aspect_ratios:
        own_ratio = spec.default_aspect_ratio or spec.aspect_ratios[0]
        _seed_one(spec, "aspect", spec.aspect_ratios, aspect, own_ratio)
    _seed_one(spec, "variants", spec.variants, settings.default_variant_count, spec.variants[0])
    if spec.durations_s:
        own = spec.default_duration_s or spec.durations_s[0]
        _seed_one(spec, "duration", spec.durations_s, settings.default_video_duration, own)
    for param in spec.params:
        slot = state.choice(spec.id, param.name)
        if not slot.is_set():
            slot.set(param_value.initial(param))
    if not state.enhance.is_set():
        state.enhance.set(settings.default_enhance)


def _seed_one(spec: ModelSpec, name: str, offered: tuple[Any, ...], saved: Any, own: Any) -> None:
    slot = state.choice(spec.id, name)
    if slot.is_set() and slot.get() in offered:
        return
    last = state.last_choice(spec.modality, name).get()
    slot.set(next((value for value in (last, saved) if value in offered), own))


def mode_of(spec: ModelSpec) -> ModelSpec:
    """What the model takes with the inputs that are chosen."""
    return spec.mode_for(chosen_inputs.references(spec))


def value_of(spec: ModelSpec, param: Param) -> Any:
    """The chosen value of one of the model's own fields; its default while another mode's value is there."""
    value = state.choice(spec.id, param.name, param.default).get()
    return param_value.from_widget(param, value)


def preset(studio: Studio, modality: Modality) -> Preset | None:
    """The style in use for a modality."""
    wanted = state.preset_of(modality).get()
    if wanted is None:
        return None
    return next((each for each in studio.styles.all().items if each.id == wanted and each.suits(modality)), None)


def request(spec: ModelSpec, style: Preset | None = None) -> GenerationRequest:
    """The draft as a request, not yet validated; with a `style`, the prompt includes its text."""
    prompt = "" if spec.prompt_use is PromptUse.NONE else state.prompt.get()
    mode = mode_of(spec)
    return GenerationRequest(
        model=spec.id,
        prompt=style.around(prompt) if style and prompt else prompt,
        aspect_ratio=_chosen(spec, "aspect", mode.aspect_ratios, mode.default_aspect_ratio) or "",
        variants=_chosen(spec, "variants", mode.variants, None) or 1,
        duration_s=_chosen(spec, "duration", mode.durations_s, mode.default_duration_s),
        enhance=spec.supports_enhance and state.enhance.get(),
        references=chosen_inputs.references(spec),
        params={param.name: value_of(spec, param) for param in mode.params},
    )


def _chosen(spec: ModelSpec, name: str, offered: tuple[Any, ...], default: Any) -> Any:
    """The chosen value of a shared setting, or the mode's own where it does not offer that; None where it has none."""
    value = state.choice(spec.id, name).get()
    own = default if default is not None else next(iter(offered), None)
    return value if value in offered else own


_WHILE_CHOOSING = (RuleKind.FORBID, RuleKind.ALLOWED, RuleKind.RANGE)  # the others may be about what is still missing


def rejection(spec: ModelSpec, wanted: GenerationRequest | None = None) -> InvalidRequest | None:
    """Why this combination of settings, by default the draft, cannot be sent, if it cannot."""
    wanted = request(spec) if wanted is None else wanted
    mode = spec.mode_for(wanted.references)
    rules = [rule for rule in mode.rules if rule.kind in _WHILE_CHOOSING]
    try:
        check_rules(rules, mode.labels, wanted)
    except InvalidRequest as problem:
        return problem
    return None


def reuse(
    studio: Studio,
    wanted: GenerationRequest,
    modality: Modality,
    how: str = "all",
    model_id: str | None = None,
) -> list[str]:
    """Put a request back onto the page. For callbacks only.

    `how` is `all` (prompt, model, settings, reference), `prompt` (everything else stays as it is) or `model`
    (everything, but with the model `model_id`). Returns display names of the settings that could not be
    applied: "Aspect ratio 3:2", "Reference image".
    """
    state.field_note.set(None)
    if how == "prompt":
        put_prompt(studio, wanted.prompt, state.modality())
        return []
    spec = spec_of(studio, model_id if how == "model" and model_id else wanted.model)
    if spec is None:
        start_with(studio, wanted.prompt, modality)
        return ["Model"]
    start_with(studio, wanted.prompt, spec.modality)
    state.model_of(spec.modality).set(spec.id)
    return _bring_settings(spec, wanted) + _bring_references(studio, spec, wanted)


def save_draft(studio: Studio, made_by: str) -> None:
    """Clear the prompt; a user's own text (other than `made_by`) is saved, to be restored. For callbacks only."""
    own = state.prompt.get().strip()
    _, known = split_prompt(studio, made_by, state.modality())
    if own and own != known.strip():
        state.saved_draft.set(own)
    state.write_prompt("")


def taking_references(studio: Studio, modality: Modality) -> ModelSpec | None:
    """The first model of a modality that supports reference images and is not retired."""
    offered = (each for each in studio.catalog.models(modality) if each.inputs)
    return next((each for each in offered if not studio.catalog.refuses(each)), None)


def start_with(studio: Studio, sent: str, modality: Modality) -> None:
    """Switch Generate to images or videos and put a sent prompt into its form, from any page. For callbacks only."""
    state.field_note.set(None)
    state.set_modality(modality)
    put_prompt(studio, sent, modality)


def put_prompt(studio: Studio, sent: str, modality: Modality) -> None:
    """Put a sent prompt back into the form; text that a style added becomes that style again. For callbacks only."""
    style, own = split_prompt(studio, sent, modality)
    state.preset_of(modality).set(style.id if style else None)
    state.write_prompt(own)


def split_prompt(studio: Studio, sent: str, modality: Modality) -> tuple[Preset | None, str]:
    """The style a sent prompt contains and the user's own text; None and the whole prompt without a style."""
    return split_by_style(studio.styles.all().items, sent, modality)


def split_by_style(styles: Iterable[Preset], sent: str, modality: Modality) -> tuple[Preset | None, str]:
    """The same for a given list of styles, since listing them checks the files each time."""
    fitting = (each for each in styles if each.suits(modality) and each.within(sent) is not None)
    style = max(fitting, key=lambda each: len(each.prompt), default=None)
    return style, (style.within(sent) if style else None) or sent


def put_settings(studio: Studio, modality: Modality, wanted: PresetSettings) -> list[str]:
    """Apply a style's settings; returns the names of those the model does not offer. For callbacks only."""
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
            state.choice(spec.id, name).set(param_value.to_widget(param, value))
        elif value not in (None, "", False, []):
            left.append(param.label if param else name.replace("_", " ").capitalize())
    return left


def _bring(
    label: str, spec: ModelSpec, name: str, offered: tuple[Any, ...], value: Any, *, unit: str = ""
) -> list[str]:
    """Set one shared choice; returns its name when the model does not offer the value."""
    if value in offered:
        state.choice(spec.id, name).set(value)
        state.last_choice(spec.modality, name).set(value)
        return []
    is_plain = value in (None, 1) and not offered[1:]  # a single image is the default, not a choice
    return [] if is_plain else [f"{label} {value}{unit}"]


def _bring_references(studio: Studio, spec: ModelSpec, wanted: GenerationRequest) -> list[str]:
    """Put a request's inputs back; returns the labels of those that are missing or that the model does not take."""
    found = []
    for reference in wanted.references:
        try:
            preview = studio.references.preview(reference)
        except KaimediaError:
            state.notify(
                "That task’s reference image is no longer available. Choose it again.", icon=":material/image:"
            )
            continue
        colors = _mask_colors(studio, wanted.model, reference.role)
        found.append(state.ReferenceDraft(reference, preview, "Earlier task", reference.role, colors=colors))
    chosen_inputs.restore(spec, found)
    is_complete = len(chosen_inputs.placed(spec)) == len(wanted.references)
    return [] if is_complete else ["Reference image"]


def _mask_colors(studio: Studio, model_id: str, role: Role | None) -> state.MaskColors | None:
    """The colors of a mask as the model of an earlier task read it; None of other inputs."""
    spec = spec_of(studio, model_id)
    slot = spec.input(role) if spec and role else None
    return state.MaskColors(slot.mask.changes) if slot and slot.mask else None


def forget_field(*names: str) -> None:
    """Clear the error of a field when the user changes it."""
    note = state.field_note.get()
    if note is not None and note.field in names:
        st.session_state.pop(state.field_note.key, None)
