"""Check a request against its model before any network call, with a readable message for each problem."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

from kaimedia.domain import GenerationRequest, Modality, Reference
from kaimedia.errors import InvalidRequest, ModelRetired
from kaimedia.models import catalogue
from kaimedia.models.inputs import valid_references
from kaimedia.models.param_values import clean, either, is_whole, refuse_unreadable, shown, valid_value
from kaimedia.models.rules import check_rules, is_sent, request_facts
from kaimedia.models.spec import ModelSpec, PromptUse

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})


def validate(spec: ModelSpec, request: GenerationRequest) -> GenerationRequest:
    """Return the request as it will be stored in the task: prompt cleaned, defaults filled in.

    Validating the result again changes nothing. Retirement is not checked here; see `refuse_retired`.

    Raises:
        InvalidRequest: `field` is the invalid field: `prompt`, `aspect_ratio`, `duration_s`, `variants`,
            `enhance`, `reference`, a role or a param's name.
    """
    mode = spec.mode_for(request.references)
    references = valid_references(spec.label, mode.inputs, _with_roles(spec, mode, request.references))
    if request.enhance and not mode.supports_enhance:
        raise InvalidRequest(f"{spec.label} does not enhance prompts. Turn that off.", field="enhance")
    valid = replace(
        request,
        model=spec.id,
        prompt=_prompt(mode, request.prompt),
        aspect_ratio=_aspect_ratio(mode, request.aspect_ratio),
        duration_s=_duration(mode, request.duration_s),
        variants=_variants(mode, request.variants),
        references=references,
        params=_params(spec, mode, request),
    )
    facts = request_facts(valid)
    sent = {name: value for name, value in valid.params.items() if is_sent(mode.rules, name, facts)}
    valid = replace(valid, params=sent)
    check_rules(mode.rules, mode.labels, valid)
    return valid


def _with_roles(spec: ModelSpec, mode: ModelSpec, references: tuple[Reference, ...]) -> tuple[Reference, ...]:
    """An input without a role gets the first role of the model that is for its kind of file."""
    found = []
    for reference in references:
        if reference.role is None and spec.inputs:
            slots = (*mode.inputs, *spec.inputs)
            slot = next((slot for slot in slots if slot.kind is reference.kind), slots[0])
            found.append(replace(reference, role=slot.role))
        else:
            found.append(reference)
    return tuple(found)


def refuse_retired(spec: ModelSpec) -> None:
    """Refuse to send to a model the provider no longer offers.

    Raises:
        ModelRetired: the message has the date and the model to use instead.
    """
    retirement = spec.retirement
    if retirement is None:
        return
    instead = catalogue.get(retirement.replacement).label
    when = f"{retirement.on.day} {retirement.on:%B %Y}"
    raise ModelRetired(
        f"{spec.label} has been unavailable since {when}. Use {instead} instead.",
        next_step=f"Choose {instead}.",
    )


def has_visible(text: str) -> bool:
    """True if a text has a character that can be seen."""
    return any(unicodedata.category(character) not in _INVISIBLE for character in text)


def _prompt(spec: ModelSpec, prompt: Any) -> str:
    if not isinstance(prompt, str):
        raise InvalidRequest("The prompt must be text.", field="prompt")
    text = clean(prompt)
    if not has_visible(text):
        if spec.prompt_use is PromptUse.REQUIRED:
            raise InvalidRequest("Write a prompt first. One sentence is enough.", field="prompt")
        return ""
    if spec.prompt_use is PromptUse.NONE:
        raise InvalidRequest(f"{spec.label} takes no prompt. Remove it.", field="prompt")
    refuse_unreadable(text, "The prompt", "prompt")
    if len(text) < spec.prompt_min_chars:
        raise InvalidRequest(f"The prompt must have at least {spec.prompt_min_chars} characters.", field="prompt")
    if len(text) > spec.prompt_max_chars:
        raise InvalidRequest(
            f"The prompt has {len(text):,} characters; {spec.label} takes up to {spec.prompt_max_chars:,}.",
            field="prompt",
        )
    return text


def _aspect_ratio(spec: ModelSpec, ratio: Any) -> str:
    if not spec.aspect_ratios:
        if ratio is None or isinstance(ratio, str):
            return ""  # another mode's
        raise InvalidRequest(f"The aspect ratio of {spec.label} cannot be chosen.", field="aspect_ratio")
    if ratio in (None, ""):
        return spec.default_aspect_ratio or spec.aspect_ratios[0]
    if not isinstance(ratio, str) or ratio not in spec.aspect_ratios:
        raise InvalidRequest(
            f"{spec.label} supports {either(spec.aspect_ratios)}, not {shown(ratio)}.",
            field="aspect_ratio",
        )
    return ratio


def _duration(spec: ModelSpec, duration_s: Any) -> int | None:
    if duration_s is None:
        return spec.default_duration_s
    if not spec.durations_s:
        if spec.modality is Modality.VIDEO:
            raise InvalidRequest(f"The length of {spec.label} videos cannot be chosen.", field="duration_s")
        raise InvalidRequest(f"{spec.label} makes images, which have no duration.", field="duration_s")
    if not is_whole(duration_s) or duration_s not in spec.durations_s:
        raise InvalidRequest(
            f"{spec.label} makes {_lengths(spec.durations_s)} s videos, not {shown(duration_s)} s.",
            field="duration_s",
        )
    return int(duration_s)


def _lengths(durations_s: tuple[int, ...]) -> str:
    """ "4, 6 or 8", "3 to 15"; values that are no lengths, such as -1, are not named."""
    lengths = [length for length in durations_s if length > 0]
    if len(lengths) > 3 and lengths == list(range(lengths[0], lengths[-1] + 1)):
        return f"{lengths[0]} to {lengths[-1]}"
    return either(lengths)


def _variants(spec: ModelSpec, variants: Any) -> int:
    if variants == 1 and len(spec.variants) == 1 and is_whole(variants):
        return spec.variants[0]  # it always makes that many
    if not is_whole(variants) or variants not in spec.variants:
        raise InvalidRequest(
            f"{spec.label} makes {either(spec.variants)} at a time, not {shown(variants)}.",
            field="variants",
        )
    return int(variants)


def _params(spec: ModelSpec, mode: ModelSpec, request: GenerationRequest) -> dict[str, Any]:
    offered = {param.name: param for param in mode.params}
    for name in request.params:
        if name not in offered:
            raise InvalidRequest(_not_offered(spec, name, tuple(offered)), field=str(name)[:80])
    requested = {name: request.params.get(name) for name in offered}
    filled = {name: offered[name].default if value is None else value for name, value in requested.items()}
    for name, value in filled.items():
        if offered[name].is_required and value in (None, ""):
            raise InvalidRequest(f"{spec.label} needs “{offered[name].label}”. Fill it in first.", field=name)
    return {name: valid_value(spec.label, offered[name], value) for name, value in filled.items() if value is not None}


def _not_offered(spec: ModelSpec, name: Any, names: tuple[str, ...]) -> str:
    if isinstance(name, str) and (param := spec.param(name)) is not None:
        return f"{spec.label} does not take “{param.label}” with these inputs."
    known = f"Its fields are {', '.join(names)}." if names else "It has none."
    return f"{spec.label} has no field “{shown(name)}”. {known}"
