"""Applies a style to a request: its text around the prompt, its settings where the caller chose none."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from kaimedia.domain import GenerationRequest
from kaimedia.errors import InvalidRequest
from kaimedia.models.spec import ModelSpec
from kaimedia.presets import Preset


def with_style(
    request: GenerationRequest, style: Preset, spec: ModelSpec, chosen: Collection[str]
) -> GenerationRequest:
    """The request as it is sent with a style.

    `chosen` names the request fields and model parameters that the caller set: they stay. Settings of the style that
    the model does not offer are ignored, and so is the style's model.

    Raises:
        InvalidRequest: the style is for the other media type.
    """
    if not style.suits(spec.modality):
        raise InvalidRequest(
            f"“{style.name}” is a style for {style.kind}s; {spec.label} does not make {style.kind}s.", field="style"
        )
    settings = style.settings
    offered: dict[str, tuple[Any, tuple[Any, ...]]] = {
        "aspect_ratio": (settings.aspect_ratio, spec.aspect_ratios),
        "duration_s": (settings.duration_s, spec.durations_s),
        "variants": (settings.variants, spec.variants),
    }
    fields = {name: value for name, (value, choices) in offered.items() if name not in chosen and value in choices}
    params = {param.name: param for param in spec.mode_for(request.references).params}
    style_params = {
        name: value
        for name, value in settings.params.items()
        if name not in chosen and name in params and params[name].takes(value)
    }
    return replace(request, prompt=style.around(request.prompt), params={**style_params, **request.params}, **fields)
