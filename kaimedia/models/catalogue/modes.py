"""Joins the modes of a model that its provider offers under several ids: what they take together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from kaimedia.domain import InputKind, Role
from kaimedia.models.inputs import InputSlot
from kaimedia.models.spec import ModelSpec


def together(base: ModelSpec, modes: tuple[ModelSpec, ...]) -> ModelSpec:
    """What all modes take together, for choosing inputs and for a list of the model's fields."""
    by_role: dict[Role, list[InputSlot]] = {}
    for slot in (slot for mode in modes for slot in mode.inputs):
        by_role.setdefault(slot.role, []).append(slot)
    slots = [_widest(same) for same in by_role.values()]
    needed = {slot.role for slot in slots if all(_minimum(mode, slot.role) for mode in modes)}
    first = modes[0]
    return replace(
        first,
        capabilities=_unique(each for mode in modes for each in mode.capabilities),
        notes=_unique(note for mode in modes for note in mode.notes),
        aspect_ratios=_unique(ratio for mode in modes for ratio in mode.aspect_ratios),
        default_aspect_ratio=_first(mode.default_aspect_ratio for mode in modes),
        durations_s=_unique(length for mode in modes for length in mode.durations_s),
        default_duration_s=_first(mode.default_duration_s for mode in modes),
        variants=_unique(count for mode in modes for count in mode.variants),
        max_results=_first(mode.max_results for mode in modes),
        prompt_use=first.prompt_use,
        prompt_max_chars=max(mode.prompt_max_chars for mode in modes),
        inputs=in_order(slot if slot.role in needed else replace(slot, minimum=0) for slot in slots),
        params=_by(lambda param: param.name, (param for mode in modes for param in mode.params)),
        typical_s=_first(mode.typical_s for mode in modes),
        rules=(),
        wire=(),
        modes=modes,
    )


def _widest(slots: Sequence[InputSlot]) -> InputSlot:
    """The slots of one role, as one that takes what any of them takes; the mode's own decides in the end."""
    return replace(
        slots[0],
        types=_unique(each for slot in slots for each in slot.types),
        max_bytes=max(slot.max_bytes for slot in slots),
        min_item_s=_limit(min, [slot.min_item_s for slot in slots]),
        max_item_s=_limit(max, [slot.max_item_s for slot in slots]),
        max_total_s=_limit(max, [slot.max_total_s for slot in slots]),
    )


def _limit(widest: Callable[[list[float]], float], limits: Sequence[float | None]) -> float | None:
    """The widest of several limits; none where one of them is not limited."""
    known = [limit for limit in limits if limit is not None]
    return widest(known) if len(known) == len(limits) else None


def _minimum(mode: ModelSpec, role: Role) -> int:
    return next((slot.minimum for slot in mode.inputs if slot.role is role), 0)


def _unique(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


def _by(key: Callable[[Any], Any], values: Iterable[Any]) -> tuple[Any, ...]:
    """The first of each key, in order."""
    found: dict[Any, Any] = {}
    for value in values:
        found.setdefault(key(value), value)
    return tuple(found.values())


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)


def in_order(slots: Iterable[InputSlot]) -> tuple[InputSlot, ...]:
    """Images first, since most people give one, and masks after what they belong to."""
    kinds = tuple(InputKind)
    return tuple(sorted(slots, key=lambda slot: (kinds.index(slot.kind), slot.role is Role.MASK)))
