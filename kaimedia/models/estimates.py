"""What a request costs by the price list: a number of credits, or a range where something is known only afterwards."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol

from kaimedia.domain import GenerationRequest, InputKind, Role
from kaimedia.models.inputs import InputSlot
from kaimedia.models.params import Param
from kaimedia.models.prices import Price, PriceUnit
from kaimedia.models.rules import holds, request_facts

Sizes = Mapping[Role, tuple[int, int]]
UNKNOWN_SIZES: Sizes = MappingProxyType({})
MEGAPIXEL_PX = 1024 * 1024
# The width and height in pixels of the named sizes of models that bill by megapixel, by our ratio.
NAMED_SIZES_PX: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"1:1": (1024, 1024), "3:4": (768, 1024), "9:16": (576, 1024), "4:3": (1024, 768), "16:9": (1024, 576)}
)
_SHARED_FACTS = frozenset({"duration_s", "aspect_ratio", "variants"})


class Unsure(StrEnum):
    """What a price depends on and is known only from the result or the provider."""

    NOT_LISTED = "not_listed"  # the list has no number
    OFFER_ENDED = "offer_ended"  # only the price of an offer that has ended is known
    OPTION = "option"  # nothing was chosen for a field, and the provider's own choice is not known
    EARLIER_TASK = "earlier_task"  # the video of the task that is continued
    INPUT_LENGTH = "input_length"  # the seconds of an input
    RESULT_LENGTH = "result_length"
    RESULT_SIZE = "result_size"  # its pixels
    RESULT_COUNT = "result_count"


@dataclass(frozen=True, slots=True)
class Estimate:
    """Credits, from `low` to `high`; None where that end is not known. `unsure` says what it depends on."""

    low: float | None
    high: float | None
    unsure: tuple[Unsure, ...] = ()

    @property
    def exact(self) -> float | None:
        """The price if it is one number, else None."""
        return self.low if self.low == self.high else None

    @property
    def reserved(self) -> float | None:
        """What to set aside: the highest price, or the lowest where there is no highest; None if nothing is known."""
        return self.low if self.high is None else self.high


UNKNOWN = Estimate(None, None, (Unsure.NOT_LISTED,))


@dataclass(frozen=True, slots=True)
class _Span:
    """From `low` to `high` (None: no limit known)."""

    low: float
    high: float | None
    unsure: tuple[Unsure, ...] = ()

    def plus(self, other: _Span) -> _Span:
        high = None if self.high is None or other.high is None else self.high + other.high
        return _Span(self.low + other.low, high, (*self.unsure, *other.unsure))

    def times(self, factor: float) -> _Span:
        return _Span(self.low * factor, None if self.high is None else self.high * factor, self.unsure)


class Priced(Protocol):
    """What a price is computed from; a `ModelSpec` with its inputs, lengths, ratios and fields is one."""

    @property
    def price(self) -> Price: ...
    @property
    def inputs(self) -> tuple[InputSlot, ...]: ...
    @property
    def durations_s(self) -> tuple[int, ...]: ...
    @property
    def aspect_ratios(self) -> tuple[str, ...]: ...
    @property
    def params(self) -> tuple[Param, ...]: ...


def estimate(mode: Priced, request: GenerationRequest, sizes: Sizes, at: datetime) -> Estimate:
    """The price of a request to that mode of its model, at a moment (aware)."""
    price = mode.price
    facts = _with_output_size(request_facts(request), request, sizes)
    rates = _rates(price, {param.name for param in mode.params}, facts, at)
    if rates is None:
        return UNKNOWN
    units = _units(mode, request, sizes)
    extras: float = sum(each.credits * max(0, facts[f"count_{each.role}"] - each.free) for each in price.extras)
    extras *= request.variants if price.unit is PriceUnit.IMAGE else 1
    if not rates.low and rates.high == 0:  # free, whatever it makes
        return Estimate(_rounded(extras), _rounded(extras))
    high = None if rates.high is None or units.high is None else _rounded(rates.high * units.high + extras)
    low = _rounded(rates.low * units.low + extras)
    unsure = tuple(dict.fromkeys((*rates.unsure, *units.unsure)))
    if low == high:
        return Estimate(low, high)
    return Estimate(low or None, high, unsure)


def _rounded(credits: float) -> float:
    """Without what is only an error of binary fractions; the provider charges in hundredths of a credit."""
    return round(credits, 4)


def _rates(price: Price, params: Collection[str], facts: Mapping[str, Any], at: datetime) -> _Span | None:
    """Credits for one unit; None if the list has none for this request."""
    found: list[float] = []
    unsure: list[Unsure] = []
    is_open = False
    for conditions, regular in price.table:
        open_keys = {key for key in conditions if _is_open(key, facts)}
        if not holds({key: value for key, value in conditions.items() if key not in open_keys}, facts):
            continue
        credits, has_ended = price.credits_at(conditions, regular, at)
        if has_ended:
            unsure.append(Unsure.OFFER_ENDED)
        elif credits is None:
            unsure.append(Unsure.NOT_LISTED)
        is_open = is_open or has_ended or credits is None
        if credits is not None:
            found.append(credits)
        if not open_keys:
            break
        unsure += [_why(key, params) for key in sorted(open_keys)]
    if not found:
        return None
    return _Span(min(found), None if is_open else max(found), tuple(unsure))


def _is_open(key: str, facts: Mapping[str, Any]) -> bool:
    """True if a request does not tell whether a condition holds."""
    return not key.startswith(("has_", "count_")) and facts.get(key) is None and key not in _SHARED_FACTS


def _why(key: str, params: Collection[str]) -> Unsure:
    if key in params:
        return Unsure.OPTION
    return Unsure.RESULT_SIZE if key == "output_size" else Unsure.EARLIER_TASK


def _with_output_size(facts: dict[str, Any], request: GenerationRequest, sizes: Sizes) -> dict[str, Any]:
    """With the size class of an enlarged image, where its size is known."""
    factor = str(request.params.get("upscale_factor", ""))
    if Role.SOURCE in sizes and factor.isdecimal():
        longest = max(sizes[Role.SOURCE]) * int(factor)
        facts["output_size"] = "<=2K" if longest <= 2048 else "4K" if longest <= 4096 else "8K"
    return facts


def _units(mode: Priced, request: GenerationRequest, sizes: Sizes) -> _Span:
    """How many units are billed."""
    price, slots = mode.price, {slot.role: slot for slot in mode.inputs}
    match price.unit:
        case PriceUnit.IMAGE:
            return _Span(request.variants, request.variants)
        case PriceUnit.SECOND:
            own = _frames_s(price.frames, request) if price.frames else _result_s(mode.durations_s, request)
            return own.plus(_video_inputs_s(slots, request)) if price.adds_input_seconds else own
        case PriceUnit.INPUT_SECOND:
            return _input_unit_s(price, slots, request)
        case PriceUnit.MEGAPIXEL:
            return _megapixels(mode, request, sizes).times(request.variants)
        case PriceUnit.LAYER:
            return _Span(1, price.most, (Unsure.RESULT_COUNT,))
    return _Span(1, 1)


def _frames_s(names: tuple[str, str], request: GenerationRequest) -> _Span:
    frames, per_second = (request.params.get(name) for name in names)
    if not isinstance(frames, int | float) or not isinstance(per_second, int | float) or not per_second:
        return _Span(0, None, (Unsure.RESULT_LENGTH,))
    return _Span(frames / per_second, frames / per_second)


def _result_s(durations_s: Collection[int], request: GenerationRequest) -> _Span:
    """The length asked for; where the model chooses it, that of its shortest to its longest result."""
    if request.duration_s and request.duration_s > 0:
        return _Span(request.duration_s, request.duration_s)
    lengths = [length for length in durations_s if length > 0]
    if not lengths:
        return _Span(0, None, (Unsure.RESULT_LENGTH,))
    return _Span(min(lengths), max(lengths), (Unsure.RESULT_LENGTH,))


def _video_inputs_s(slots: Mapping[Role, InputSlot], request: GenerationRequest) -> _Span:
    total = _Span(0, 0)
    for role in dict.fromkeys(each.role for each in request.references if each.kind is InputKind.VIDEO):
        total = total.plus(_given_s(role, slots, request))
    return total


def _input_unit_s(price: Price, slots: Mapping[Role, InputSlot], request: GenerationRequest) -> _Span:
    """The seconds of an input, or the length asked for, where the model can shorten its result."""
    if request.duration_s and request.duration_s > 0:
        return _Span(request.duration_s, request.duration_s)
    if price.seconds_of is None:
        return _Span(0, None, (Unsure.INPUT_LENGTH,))
    return _given_s(price.seconds_of, slots, request)


def _given_s(role: Role | None, slots: Mapping[Role, InputSlot], request: GenerationRequest) -> _Span:
    """The seconds of all inputs of a role; of those whose length is not known, from the shortest to the longest."""
    slot = slots.get(role) if role else None
    given = [each.duration_s for each in request.references if each.role is role]
    known: float = sum(length for length in given if length is not None)
    missing = max(len(given), 1) - sum(length is not None for length in given)
    if not missing:
        return _Span(known, known)
    shortest = (slot.min_item_s if slot else None) or 0.0
    longest = slot.max_item_s if slot else None
    limits = [known + missing * longest] if longest is not None else []
    limits += [slot.max_total_s] if slot and slot.max_total_s is not None else []
    high = max(min(limits), known) if limits else None
    return _Span(known + missing * shortest, high, (Unsure.INPUT_LENGTH,))


def _megapixels(mode: Priced, request: GenerationRequest, sizes: Sizes) -> _Span:
    """Of one image: its pixels, up to the next whole megapixel, since it is not said whether part of one counts."""
    named = NAMED_SIZES_PX.get(request.aspect_ratio) if mode.aspect_ratios else None
    size = named or next(iter(sizes.values()), None)
    if size is None:
        return _Span(0, None, (Unsure.RESULT_SIZE,))
    exact = size[0] * size[1] / MEGAPIXEL_PX
    return _Span(exact, math.ceil(exact), (Unsure.RESULT_SIZE,))
