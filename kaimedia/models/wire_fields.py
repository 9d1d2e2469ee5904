"""How a model's fields are named and typed in a request to its provider, as data. Only a provider reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kaimedia.domain import Role


class Source(StrEnum):
    """Where a field's value comes from."""

    PROMPT = "prompt"
    ASPECT_RATIO = "aspect_ratio"
    DURATION = "duration_s"
    VARIANTS = "variants"
    INPUTS = "inputs"
    PARAM = "param"


@dataclass(frozen=True, slots=True)
class WireField:
    """One field of the body.

    `values` maps our values to the provider's where they differ in text or JSON type. `roles` are those of the
    inputs it takes, in the order a list wants them; `item` is the object around each link, with `$url` for the link.
    `default` is what the provider assumes, ours to send when a field `is_always_sent` or `is_required`.
    """

    name: str
    source: Source
    json_type: str  # string, integer, number, boolean or array
    values: Mapping[Any, Any] = field(default_factory=dict)
    roles: tuple[Role, ...] = ()
    item: Mapping[str, Any] | None = None
    is_required: bool = False
    is_always_sent: bool = False
    default: Any = None
