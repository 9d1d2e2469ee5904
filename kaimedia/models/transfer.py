"""The same request for another model: what it takes is kept, everything else is the other model's default."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kaimedia.domain import GenerationRequest, Reference
from kaimedia.models.params import Param, ParamKind
from kaimedia.models.spec import ModelSpec, PromptUse


class Setting(StrEnum):
    """What can differ between the requests of two models."""

    PROMPT = "prompt"
    ASPECT_RATIO = "aspect_ratio"
    VARIANTS = "variants"
    LENGTH = "length"
    ENHANCE = "enhance"
    PARAM = "param"


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that the other model cannot have: the `wanted` value, and the `given` one.

    `given` is None where the other model has no such setting; `param` is the first model's field of a `PARAM`.
    """

    setting: Setting
    wanted: Any
    given: Any
    param: Param | None = None


def carried(
    request: GenerationRequest, before: ModelSpec, after: ModelSpec, references: Iterable[Reference] | None = None
) -> GenerationRequest:
    """The request of `before` for `after`, not yet validated.

    `references` are its inputs as `after` takes them; by default those whose role it has.
    """
    if references is None:
        references = (each for each in request.references if after.input(each.role) is not None)
    given = tuple(references)
    mode = after.mode_for(given)
    own_params = before.mode_for(request.references).params
    values = {meaning(param): request.params.get(param.name) for param in own_params}
    return GenerationRequest(
        model=after.id,
        prompt="" if mode.prompt_use is PromptUse.NONE else request.prompt,
        aspect_ratio=_kept(request.aspect_ratio, mode.aspect_ratios, mode.default_aspect_ratio) or "",
        variants=_kept(request.variants, mode.variants, None) or 1,
        duration_s=_kept(request.duration_s, mode.durations_s, mode.default_duration_s),
        enhance=request.enhance and mode.supports_enhance,
        references=given,
        params={param.name: _value(param, values.get(meaning(param))) for param in mode.params},
    )


def differences(
    wanted: GenerationRequest, before: ModelSpec, given: GenerationRequest, after: ModelSpec
) -> list[Difference]:
    """What was chosen for `before` and is otherwise in the request of `after`; inputs are not compared."""
    found = []
    if wanted.prompt and not given.prompt:
        found.append(Difference(Setting.PROMPT, wanted.prompt, None))
    pairs = (
        (Setting.ASPECT_RATIO, wanted.aspect_ratio, given.aspect_ratio or None),
        (Setting.VARIANTS, wanted.variants, given.variants),
        (Setting.LENGTH, wanted.duration_s, given.duration_s),
        (Setting.ENHANCE, wanted.enhance or None, given.enhance),
    )
    found += [Difference(setting, value, other) for setting, value, other in pairs if value and value != other]
    others = {meaning(param): given.params.get(param.name) for param in after.mode_for(given.references).params}
    for param in before.mode_for(wanted.references).params:
        value = wanted.params.get(param.name)
        other = others.get(meaning(param))
        is_chosen = value not in (None, "", [], param.default)
        if _folded(value) != _folded(other) and (is_chosen or (param.shared_as and value and other)):
            found.append(Difference(Setting.PARAM, value, other, param))
    return found


def meaning(param: Param) -> str:
    """The same for fields of different models that mean the same."""
    return param.shared_as or param.name


def taken(param: Param, value: Any) -> Any:
    """The value as this field has it, None when it does not take it; "4K" and "4k" are the same choice."""
    if value is None or value == "":
        return None
    if param.kind is ParamKind.CHOICE and param.shared_as:
        return next((each for each in param.choices if _folded(each) == _folded(value)), None)
    return value if param.takes(value) else None


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _value(param: Param, value: Any) -> Any:
    fitting = taken(param, value)
    return param.default if fitting is None else fitting


def _kept(value: Any, offered: tuple[Any, ...], default: Any) -> Any:
    if value in offered:
        return value
    return default if default is not None else next(iter(offered), None)
