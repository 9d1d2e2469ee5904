"""The same request several times, each with its own random seed."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from kaimedia.domain import GenerationRequest, Reference
from kaimedia.errors import InvalidRequest
from kaimedia.models.model_catalog import SHIPPED, ModelCatalog
from kaimedia.models.params import Param, ParamKind
from kaimedia.models.spec import ModelSpec

NAMES = frozenset({"seed", "seeds"})
_LARGEST = 2**31 - 1  # what providers take that name no limit


def seed_param(spec: ModelSpec, references: Iterable[Reference] = ()) -> Param | None:
    """The field of a model that holds the seed with these inputs; None when it has none."""
    return next((param for param in spec.mode_for(references).params if param.name in NAMES), None)


def with_seeds(
    request: GenerationRequest, number: int, source: random.Random | None = None, models: ModelCatalog = SHIPPED
) -> list[GenerationRequest]:
    """The request `number` times with different random seeds; once and unchanged for 1.

    Raises:
        InvalidRequest: the model has no seed, or not that many; the field is `seeds`.
    """
    if number == 1:
        return [request]
    spec = models.get(request.model)
    param = seed_param(spec, request.references)
    if param is None:
        raise InvalidRequest(f"{spec.label} takes no seed with these settings.", field="seeds")
    low, high = _limits(param)
    if number < 1 or number > high - low + 1:
        raise InvalidRequest(f"The number of seeds must be 1 to {high - low + 1:,}.", field="seeds")
    chosen = (source or random.SystemRandom()).sample(range(low, high + 1), number)
    return [replace(request, params={**request.params, param.name: _as_value(param, seed)}) for seed in chosen]


def _limits(param: Param) -> tuple[int, int]:
    """The lowest and highest seed; 0 and -1 are left out, since for many models they mean a random one."""
    low = 1 if param.minimum is None else max(1, math.ceil(param.minimum))
    return low, _LARGEST if param.maximum is None else math.floor(param.maximum)


def _as_value(param: Param, seed: int) -> Any:
    return str(seed) if param.kind is ParamKind.TEXT else seed
