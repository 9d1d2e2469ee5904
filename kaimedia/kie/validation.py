"""Check a request against its model before any network, and say what is wrong in a sentence."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from kaimedia.domain import GenerationRequest
from kaimedia.errors import InvalidRequest, ModelRetired
from kaimedia.kie import catalog
from kaimedia.kie.spec import ModelSpec, Param, ReferenceUse, request_facts

# Control characters and lone surrogates: no model reads them, databases and JSON writers choke on them. They come from
# bytes that are no UTF-8; what the person meant is not known, so nothing with one in it is sent.
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_ENDS = re.compile(r"\r\n|[\r\x0b\x0c\x85]")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
_STEP_TOLERANCE = 1e-6
_LARGEST = 10**15


def validate(spec: ModelSpec, request: GenerationRequest) -> GenerationRequest:
    """Return the request as it will be frozen in the task: prompt cleaned, defaults filled in.

    Validating the result again changes nothing. Retirement is not looked at; see `refuse_retired`.

    Raises:
        InvalidRequest: `field` names what is wrong: `prompt`, `aspect_ratio`, `duration_s`, `variants`,
            `enhance`, `reference` or a param's name.
    """
    _check_reference(spec, request)
    if request.enhance and not spec.supports_enhance:
        raise InvalidRequest(f"{spec.label} does not enhance prompts. Switch it off.", field="enhance")
    valid = replace(
        request,
        model=spec.id,
        prompt=_prompt(spec, request.prompt),
        aspect_ratio=_aspect_ratio(spec, request.aspect_ratio),
        duration_s=_duration(spec, request.duration_s),
        variants=_variants(spec, request.variants),
        params=_params(spec, request),
    )
    facts = request_facts(valid)
    for refusal in spec.refusals:
        if all(facts.get(key) == value for key, value in refusal.when.items()):
            raise InvalidRequest(refusal.message, field=refusal.field)
    return valid


def refuse_retired(spec: ModelSpec) -> None:
    """Stop before sending to a model the provider no longer runs.

    Raises:
        ModelRetired: with the date and the model to use instead.
    """
    retirement = spec.retirement
    if retirement is None:
        return
    instead = catalog.get(retirement.replacement).label
    when = f"{retirement.on.day} {retirement.on:%B %Y}"
    raise ModelRetired(
        f"{spec.label} is no longer available at kie.ai since {when}. Use {instead} instead.",
        next_step=f"Choose {instead}.",
    )


def _check_reference(spec: ModelSpec, request: GenerationRequest) -> None:
    if request.reference is None and spec.reference is ReferenceUse.REQUIRED:
        raise InvalidRequest(f"{spec.label} needs a reference image. Add one first.", field="reference")
    if request.reference is not None and spec.reference is ReferenceUse.NONE:
        raise InvalidRequest(f"{spec.label} takes no reference image. Remove it.", field="reference")


def _prompt(spec: ModelSpec, prompt: Any) -> str:
    if not isinstance(prompt, str):
        raise InvalidRequest("The prompt has to be text.", field="prompt")
    text = _LINE_ENDS.sub("\n", prompt).strip()
    if all(unicodedata.category(character) in _INVISIBLE for character in text):
        raise InvalidRequest("Write a prompt first. One sentence is enough.", field="prompt")
    _refuse_unreadable(text, "The prompt", "prompt")
    if len(text) > spec.prompt_max_chars:
        raise InvalidRequest(
            f"The prompt has {len(text):,} characters; {spec.label} takes up to {spec.prompt_max_chars:,}.",
            field="prompt",
        )
    return text


def _refuse_unreadable(text: str, what: str, field: str) -> None:
    found = _UNREADABLE.search(text)
    if found is None:
        return
    code, place = ord(found[0]), found.start() + 1
    thing = "a byte that is not UTF-8" if code >= 0xD800 else f"a control character (U+{code:04X})"
    raise InvalidRequest(f"{what} holds {thing} at character {place:,}. Write it anew.", field=field)


def _aspect_ratio(spec: ModelSpec, ratio: Any) -> str:
    if ratio in (None, ""):
        return spec.aspect_ratios[0]
    if not isinstance(ratio, str) or ratio not in spec.aspect_ratios:
        raise InvalidRequest(
            f"{spec.label} makes {_either(spec.aspect_ratios)}; {_shown(ratio)} is not one of them.",
            field="aspect_ratio",
        )
    return ratio


def _duration(spec: ModelSpec, duration_s: Any) -> int | None:
    if duration_s is None:
        return spec.default_duration_s
    if not spec.durations_s:
        raise InvalidRequest(f"{spec.label} makes pictures, which have no length.", field="duration_s")
    if not _is_whole(duration_s) or duration_s not in spec.durations_s:
        raise InvalidRequest(
            f"{spec.label} makes {_either(spec.durations_s)} s clips; {_shown(duration_s)} s is not one of them.",
            field="duration_s",
        )
    return int(duration_s)


def _variants(spec: ModelSpec, variants: Any) -> int:
    if not _is_whole(variants) or variants not in spec.variants:
        raise InvalidRequest(
            f"{spec.label} makes {_either(spec.variants)} at a time; {_shown(variants)} is not offered.",
            field="variants",
        )
    return int(variants)


def _params(spec: ModelSpec, request: GenerationRequest) -> dict[str, Any]:
    has_reference = request.reference is not None
    offered = {param.name: param for param in spec.offered_params(has_reference=has_reference)}
    for name in request.params:
        if name not in offered:
            raise InvalidRequest(_not_offered(spec, name, tuple(offered)), field=str(name)[:80])
    given = {name: request.params.get(name) for name in offered}
    filled = {name: offered[name].default if value is None else value for name, value in given.items()}
    return {name: _value(spec, offered[name], value) for name, value in filled.items() if value is not None}


def _not_offered(spec: ModelSpec, name: Any, names: tuple[str, ...]) -> str:
    if isinstance(name, str) and (param := spec.param(name)) is not None:
        side = "with" if param.with_reference else "without"
        return f"{spec.label} takes “{param.label}” only {side} a reference image."
    known = f"It has {', '.join(names)}." if names else "It has none."
    return f"{spec.label} has no field “{_shown(name)}”. {known}"


def _value(spec: ModelSpec, param: Param, value: Any) -> Any:
    if param.kind == "choice":
        return _choice(spec, param, value)
    if param.kind == "number":
        return _number(param, value)
    if param.kind == "text":
        return _text(param, value)
    if not isinstance(value, bool):
        raise InvalidRequest(f"“{param.label}” is either on or off; {_shown(value)} is neither.", field=param.name)
    return value


def _choice(spec: ModelSpec, param: Param, value: Any) -> Any:
    # `True == 1` and `1 == 1.0` in Python, not on the wire.
    if not any(type(value) is type(choice) and value == choice for choice in param.choices):
        raise InvalidRequest(
            f"“{param.label}” of {spec.label} is {_either(param.choices)}; {_shown(value)} is not one of them.",
            field=param.name,
        )
    return value


def _number(param: Param, given: Any) -> float:
    if not _is_number(given):
        raise InvalidRequest(f"“{param.label}” has to be a number; {_shown(given)} is none.", field=param.name)
    value: float = given
    low = -math.inf if param.minimum is None else param.minimum
    high = math.inf if param.maximum is None else param.maximum
    if not low <= value <= high:
        raise InvalidRequest(_bounds(param, value), field=param.name)
    if param.step is None:
        return value
    origin = param.minimum or 0.0
    steps = (value - origin) / param.step
    if abs(steps - round(steps)) > _STEP_TOLERANCE:
        between = f"“{param.label}” goes in steps of {param.step:g}; {value:g} is between."
        raise InvalidRequest(between, field=param.name)
    return float(round(origin + round(steps) * param.step, 9))


def _bounds(param: Param, value: float) -> str:
    if param.minimum is not None and param.maximum is not None:
        return f"“{param.label}” goes from {param.minimum:g} to {param.maximum:g}; {value:g} is outside."
    if param.minimum is not None:
        return f"“{param.label}” starts at {param.minimum:g}; {value:g} is too small."
    return f"“{param.label}” ends at {param.maximum:g}; {value:g} is too large."


def _text(param: Param, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidRequest(f"“{param.label}” has to be text.", field=param.name)
    text = _LINE_ENDS.sub("\n", value).strip()
    _refuse_unreadable(text, f"“{param.label}”", param.name)
    if param.max_chars is not None and len(text) > param.max_chars:
        raise InvalidRequest(
            f"“{param.label}” has {len(text):,} characters; it takes up to {param.max_chars:,}.", field=param.name
        )
    return text


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -_LARGEST <= value <= _LARGEST  # false for NaN too


def _either(values: Iterable[Any]) -> str:
    words = [str(value) for value in values]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _shown(value: Any) -> str:
    if isinstance(value, int) and not -_LARGEST <= value <= _LARGEST:
        return "that number"  # Python refuses to write very long ones
    return _UNREADABLE.sub("", str(value)).strip()[:40] or "nothing"
