"""A request in better quality: by the model that its model names as better, or with the best settings of its own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from kaimedia.domain import GenerationRequest
from kaimedia.errors import InvalidRequest
from kaimedia.models.model_catalog import SHIPPED, ModelCatalog
from kaimedia.models.params import Param, ParamKind, SharedAs
from kaimedia.models.spec import ModelSpec
from kaimedia.models.transfer import carried
from kaimedia.models.validation import validate


@dataclass(frozen=True, slots=True)
class Better:
    """A better request: by `model` where that is another one, else with these `values` of the fields named."""

    request: GenerationRequest
    model: ModelSpec | None = None
    values: tuple[Any, ...] = ()


def better(
    request: GenerationRequest, unavailable: Collection[str] = (), models: ModelCatalog = SHIPPED
) -> Better | None:
    """The better request; None when there is none. Models of which the ids are `unavailable` are not proposed.

    Raises:
        InvalidRequest: there is no such model.
    """
    spec = models.get(request.model)
    if spec.better and spec.better not in unavailable:
        other = models.get(spec.better)
        proposed = _valid(other, carried(request, spec, other))
        if proposed is not None and len(proposed.references) == len(request.references):
            return Better(proposed, model=other)
    return _by_settings(spec, request)


def _by_settings(spec: ModelSpec, request: GenerationRequest) -> Better | None:
    best, values = request, []
    for param in spec.mode_for(request.references).params:
        if _is_about_quality(spec, request, param) and (found := _raised(spec, best, param)) is not None:
            best = found
            values.append(best.params[param.name])
    return Better(best, values=tuple(values)) if values else None


def _is_about_quality(spec: ModelSpec, request: GenerationRequest, param: Param) -> bool:
    """True for choices from low to high: resolutions, and what the price depends on."""
    is_priced = any(param.name in conditions for conditions, _ in spec.mode_for(request.references).price.table)
    return param.kind is ParamKind.CHOICE and (param.shared_as is SharedAs.RESOLUTION or is_priced)


def _raised(spec: ModelSpec, request: GenerationRequest, param: Param) -> GenerationRequest | None:
    """The request with the best choice that is valid; None when it has that already."""
    levels = [replace(request, params={**request.params, param.name: choice}) for choice in param.choices]
    prices = [spec.estimate(level).reserved or 0.0 for level in levels]
    order = sorted(range(len(levels)), key=lambda at: (prices[at], at), reverse=True)
    current = request.params.get(param.name, param.default)
    for at in order:
        if param.choices[at] == current:
            return None
        if (valid := _valid(spec, levels[at])) is not None and valid.params.get(param.name) == param.choices[at]:
            return valid
    return None


def _valid(spec: ModelSpec, request: GenerationRequest) -> GenerationRequest | None:
    try:
        return validate(spec, request)
    except InvalidRequest:
        return None
