"""Check a request against its model before any network call, with a readable message for each problem."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from kaimedia.domain import GenerationRequest
from kaimedia.errors import InvalidRequest, ModelRetired
from kaimedia.models import catalogue
from kaimedia.models.inputs import valid_references
from kaimedia.models.spec import ModelSpec, Param, request_facts

# Control characters and lone surrogates: models ignore them, and databases and JSON encoders fail on them. They come
# from bytes that are not UTF-8. What the user meant is unknown, so text that contains one is never sent.
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_ENDS = re.compile(r"\r\n|[\r\x0b\x0c\x85]")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})
_STEP_TOLERANCE = 1e-6
_LARGEST = 10**15


def validate(spec: ModelSpec, request: GenerationRequest) -> GenerationRequest:
    """Return the request as it will be stored in the task: prompt cleaned, defaults filled in.

    Validating the result again changes nothing. Retirement is not checked here; see `refuse_retired`.

    Raises:
        InvalidRequest: `field` is the invalid field: `prompt`, `aspect_ratio`, `duration_s`, `variants`,
            `enhance`, `reference`, a role or a param's name.
    """
    references = valid_references(spec.label, spec.inputs, request.references)
    if request.enhance and not spec.supports_enhance:
        raise InvalidRequest(f"{spec.label} does not enhance prompts. Turn that off.", field="enhance")
    valid = replace(
        request,
        model=spec.id,
        prompt=_prompt(spec, request.prompt),
        aspect_ratio=_aspect_ratio(spec, request.aspect_ratio),
        duration_s=_duration(spec, request.duration_s),
        variants=_variants(spec, request.variants),
        references=references,
        params=_params(spec, request),
    )
    facts = request_facts(valid)
    for refusal in spec.refusals:
        if all(facts.get(key) == value for key, value in refusal.when.items()):
            raise InvalidRequest(refusal.message, field=refusal.field)
    return valid


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


def _prompt(spec: ModelSpec, prompt: Any) -> str:
    if not isinstance(prompt, str):
        raise InvalidRequest("The prompt must be text.", field="prompt")
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
    raise InvalidRequest(f"{what} contains {thing} at character {place:,}. Type it again.", field=field)


def _aspect_ratio(spec: ModelSpec, ratio: Any) -> str:
    if ratio in (None, ""):
        return spec.aspect_ratios[0]
    if not isinstance(ratio, str) or ratio not in spec.aspect_ratios:
        raise InvalidRequest(
            f"{spec.label} supports {_either(spec.aspect_ratios)}, not {_shown(ratio)}.",
            field="aspect_ratio",
        )
    return ratio


def _duration(spec: ModelSpec, duration_s: Any) -> int | None:
    if duration_s is None:
        return spec.default_duration_s
    if not spec.durations_s:
        raise InvalidRequest(f"{spec.label} makes images, which have no duration.", field="duration_s")
    if not _is_whole(duration_s) or duration_s not in spec.durations_s:
        raise InvalidRequest(
            f"{spec.label} makes {_either(spec.durations_s)} s videos, not {_shown(duration_s)} s.",
            field="duration_s",
        )
    return int(duration_s)


def _variants(spec: ModelSpec, variants: Any) -> int:
    if not _is_whole(variants) or variants not in spec.variants:
        raise InvalidRequest(
            f"{spec.label} makes {_either(spec.variants)} at a time, not {_shown(variants)}.",
            field="variants",
        )
    return int(variants)


def _params(spec: ModelSpec, request: GenerationRequest) -> dict[str, Any]:
    has_reference = bool(request.references)
    offered = {param.name: param for param in spec.offered_params(has_reference=has_reference)}
    for name in request.params:
        if name not in offered:
            raise InvalidRequest(_not_offered(spec, name, tuple(offered)), field=str(name)[:80])
    requested = {name: request.params.get(name) for name in offered}
    filled = {name: offered[name].default if value is None else value for name, value in requested.items()}
    return {name: _value(spec, offered[name], value) for name, value in filled.items() if value is not None}


def _not_offered(spec: ModelSpec, name: Any, names: tuple[str, ...]) -> str:
    if isinstance(name, str) and (param := spec.param(name)) is not None:
        side = "with" if param.with_reference else "without"
        return f"{spec.label} takes “{param.label}” only {side} a reference image."
    known = f"Its fields are {', '.join(names)}." if names else "It has none."
    return f"{spec.label} has no field “{_shown(name)}”. {known}"


def _value(spec: ModelSpec, param: Param, value: Any) -> Any:
    if param.kind == "choice":
        return _choice(spec, param, value)
    if param.kind == "number":
        return _number(param, value)
    if param.kind == "text":
        return _text(param, value)
    if not isinstance(value, bool):
        raise InvalidRequest(f"“{param.label}” must be true or false, not {_shown(value)}.", field=param.name)
    return value


def _choice(spec: ModelSpec, param: Param, value: Any) -> Any:
    # `True == 1` and `1 == 1.0` in Python, not on the wire.
    if not any(type(value) is type(choice) and value == choice for choice in param.choices):
        raise InvalidRequest(
            f"“{param.label}” of {spec.label} must be {_either(param.choices)}, not {_shown(value)}.",
            field=param.name,
        )
    return value


def _number(param: Param, raw: Any) -> float:
    if not _is_number(raw):
        raise InvalidRequest(f"“{param.label}” must be a number, not {_shown(raw)}.", field=param.name)
    value: float = raw
    low = -math.inf if param.minimum is None else param.minimum
    high = math.inf if param.maximum is None else param.maximum
    if not low <= value <= high:
        raise InvalidRequest(_bounds(param, value), field=param.name)
    if param.step is None:
        return value
    origin = param.minimum or 0.0
    steps = (value - origin) / param.step
    if abs(steps - round(steps)) > _STEP_TOLERANCE:
        message = f"“{param.label}” must be in steps of {param.step:g}; {value:g} is between two steps."
        raise InvalidRequest(message, field=param.name)
    return float(round(origin + round(steps) * param.step, 9))


def _bounds(param: Param, value: float) -> str:
    if param.minimum is not None and param.maximum is not None:
        return f"“{param.label}” must be from {param.minimum:g} to {param.maximum:g}, not {value:g}."
    if param.minimum is not None:
        return f"“{param.label}” must be at least {param.minimum:g}, not {value:g}."
    return f"“{param.label}” must be at most {param.maximum:g}, not {value:g}."


def _text(param: Param, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidRequest(f"“{param.label}” must be text.", field=param.name)
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
    texts = [str(value) for value in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"


def _shown(value: Any) -> str:
    if isinstance(value, int) and not -_LARGEST <= value <= _LARGEST:
        return "that number"  # Python refuses to convert very large ones to text
    return _UNREADABLE.sub("", str(value)).strip()[:40] or "an empty value"
