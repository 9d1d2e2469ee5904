"""A model's own fields, as data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

LARGEST_NUMBER = 10**15  # of any field, and its negative the smallest; JavaScript is exact up to 2**53


class ParamKind(StrEnum):
    """What values a field takes."""

    CHOICE = "choice"  # one of `choices`
    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    LIST = "list"  # texts, or whole numbers with `is_whole`
    OBJECTS = "objects"  # JSON objects with the keys of `item`
    TASK = "task"  # the provider's id of a finished task of this account


class SharedAs(StrEnum):
    """Fields of different names that mean the same, so that a choice is kept when the model changes."""

    RESOLUTION = "resolution"
    SOUND = "sound"


@dataclass(frozen=True, slots=True)
class Param:
    """One of a model's own fields, shown in the form and checked before anything is sent.

    `choices` holds wire values; `minimum` and `maximum` limit numbers (inclusive), `special` are numbers valid
    outside of them; `max_chars` limits text; `min_items` and `max_items` limit lists. `item` describes each key of an
    object; `of_models` are the provider's ids of the models whose tasks a task field takes,
    `unless` values of those tasks' own fields with which it does not, and `closed_by` the provider's ids of models that
    leave no way to continue a task they continued. A field that `is_required` and has no default must be given.
    `advanced` fields are collapsed in the form.
    """

    name: str
    label: str
    kind: ParamKind
    default: Any = None
    choices: tuple[Any, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    special: tuple[float, ...] = ()
    max_chars: int | None = None
    min_items: int = 0
    max_items: int | None = None
    item: Mapping[str, str] = field(default_factory=dict)
    of_models: tuple[str, ...] = ()
    unless: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    closed_by: tuple[str, ...] = ()
    is_whole: bool = False
    is_required: bool = False
    shared_as: SharedAs | None = None
    help: str = ""
    advanced: bool = False

    def takes(self, value: Any) -> bool:
        """True if a value from another model or a style is valid here unchanged."""
        match self.kind:
            case ParamKind.CHOICE:
                return value in self.choices
            case ParamKind.NUMBER:
                return self._takes_number(value)
            case ParamKind.FLAG:
                return isinstance(value, bool)
            case ParamKind.LIST | ParamKind.OBJECTS:
                return isinstance(value, list)
            case _:
                return isinstance(value, str)

    def _takes_number(self, value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        low = -math.inf if self.minimum is None else self.minimum
        high = math.inf if self.maximum is None else self.maximum
        return value in self.special or (low <= value <= high and (not self.is_whole or value == int(value)))
