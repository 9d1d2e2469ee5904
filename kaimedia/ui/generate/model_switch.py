"""Changing the model: what still fits is applied, and the rest is named and kept for later."""

from __future__ import annotations

from collections import Counter
from typing import Any

from kaimedia.models.params import Param, SharedAs
from kaimedia.models.spec import ModelSpec, PromptUse
from kaimedia.models.transfer import meaning, taken
from kaimedia.studio import Studio
from kaimedia.ui import state, ui_text
from kaimedia.ui.generate import chosen_inputs, draft, param_value
from kaimedia.ui.generate.model_picker.entries import KINDS

SHARED = ("aspect", "variants", "duration")


def remember(spec: ModelSpec) -> None:
    """Note the user's choices, so that the next model starts with them. Call at the end of each run.

    A choice that this model does not offer stays noted until the user chooses another value.
    """
    values = _values(spec)
    seen_model, seen = state.seen_choices.get()
    changed = {name for name in values if values[name] != seen.get(name, values[name])} if seen_model == spec.id else ()
    for name in SHARED:
        last = state.last_choice(spec.modality, name)
        if name in values and (name in changed or last.get() is None or last.get() in _offered(spec, name)):
            last.set(values[name])
    kept = state.kept_values(spec.modality)
    own = {meaning(param): values[param.name] for param in spec.params if param.name in changed}
    if own:
        kept.set({**kept.get(), **own})
    state.seen_choices.set((spec.id, values))


def switch_to(studio: Studio, model_id: str) -> None:
    """Choose a model, and its mode. For callbacks only."""
    after = draft.spec_of(studio, model_id)
    if after is None:
        return
    state.field_note.set(None)
    state.close_reference_box()
    before = draft.spec_of(studio, state.model_of(state.modality()).get())
    text = ""
    if before is not None and before.id != after.id:
        remember(before)  # widgets may have changed since the last run
        text = dropped_text(before, after)
    choose(after)
    state.dropped.set((after.id, text))


def choose(spec: ModelSpec) -> None:
    """Choose a model and its mode, with the noted choices it offers. For callbacks only."""
    state.set_modality(spec.modality)
    state.model_of(spec.modality).set(spec.id)
    _carry_over(spec)


def dropped_line(spec: ModelSpec) -> str:
    """What the change to this model has dropped, "" for nothing."""
    model_id, text = state.dropped.get()
    return text if model_id == spec.id else ""


def _carry_over(spec: ModelSpec) -> None:
    """Apply the noted choices where the model offers them."""
    for name in SHARED:
        last = state.last_choice(spec.modality, name).get()
        if last in _offered(spec, name):
            state.choice(spec.id, name).set(last)
    kept = state.kept_values(spec.modality).get()
    for param in spec.params:
        value = taken(param, kept.get(meaning(param)))
        if value is not None:
            state.choice(spec.id, param.name).set(param_value.to_widget(param, value))


def dropped_text(before: ModelSpec, after: ModelSpec) -> str:
    """The choices made for `before` that `after` has no place for, as a sentence; "" for none."""
    names = [*_dropped_settings(before, after), *_dropped_inputs(before, after)]
    if after.prompt_use is PromptUse.NONE and before.prompt_use is not PromptUse.NONE and state.prompt.get().strip():
        names.append("the prompt")
    if not names:
        return ""
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    is_one = len(names) == 1 and not _is_plural(names[0])
    return f"{listed[0].upper()}{listed[1:]} {'doesn’t' if is_one else 'don’t'} fit {after.label}; kept for later."


def _is_plural(name: str) -> bool:
    return name[0].isdigit() and name.endswith("s") and not name.endswith(" s")


def _dropped_settings(before: ModelSpec, after: ModelSpec) -> list[str]:
    if before.modality is not after.modality:  # each mode has its own settings
        return []
    names = []
    usual = {"aspect": before.default_aspect_ratio, "variants": 1, "duration": before.default_duration_s}
    for name, text in (("aspect", str), ("variants", _count_text), ("duration", ui_text.length)):
        value = state.choice(before.id, name).get()
        was_chosen = value in _offered(before, name) and value != usual[name]
        if was_chosen and value not in _offered(after, name):
            names.append(text(value))
    kept = state.kept_values(before.modality).get()
    for param in before.params:
        value = kept.get(meaning(param))
        was_chosen = value and value != param.default and taken(param, value) is not None
        if was_chosen and not any(
            meaning(each) == meaning(param) and taken(each, value) is not None for each in after.params
        ):
            names.append(_name(param, value))
    if before.supports_enhance and not after.supports_enhance and state.enhance.get():
        names.append("Enhance")
    return names


def _count_text(count: int) -> str:
    return f"{count} images"


def _dropped_inputs(before: ModelSpec, after: ModelSpec) -> list[str]:
    still = {place for place, _, _ in chosen_inputs.placed(after)}
    gone = [slot for place, _, slot in chosen_inputs.placed(before) if place not in still]
    counts = Counter((slot.label, slot.kind) for slot in gone)
    return [
        f"the {_lowered(label)}" if count == 1 else f"{count} {KINDS[kind][1]}"
        for (label, kind), count in counts.items()
    ]


def _values(spec: ModelSpec) -> dict[str, Any]:
    """What is chosen for a model, by the names of the settings."""
    shared = {name: state.choice(spec.id, name) for name in SHARED if _offered(spec, name)}
    values = {name: slot.get() for name, slot in shared.items() if slot.is_set()}
    return values | {param.name: draft.value_of(spec, param) for param in spec.params}


def _offered(spec: ModelSpec, name: str) -> tuple[Any, ...]:
    offers: dict[str, tuple[Any, ...]] = {
        "aspect": spec.aspect_ratios,
        "variants": spec.variants,
        "duration": spec.durations_s,
    }
    return offers[name]


def _name(param: Param, value: Any) -> str:
    if param.shared_as is SharedAs.RESOLUTION and isinstance(value, str):
        return value
    return "sound" if param.shared_as is SharedAs.SOUND else f"the {_lowered(param.label)}"


def _lowered(label: str) -> str:
    """A label inside a sentence: "Last frame" as "last frame", "CFG scale" as it is."""
    return label[0].lower() + label[1:] if label[1:2].islower() else label
