"""One request to kie.ai, as a family of models builds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kaimedia.domain import GenerationRequest
from kaimedia.models.spec import ModelSpec


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request of a family: method, path relative to the API base, JSON body or query."""

    method: str
    path: str
    json: Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)


BuildFunction = Callable[[ModelSpec, GenerationRequest, tuple[str, ...], str | None], Call]
