"""Puts the rows of a provider's own price list in the place of ours, where it is certain which ones belong together.

A model's rows are replaced only as a whole: each of ours must fit exactly one of the provider's, by unit and by every
condition, and none of the provider's may be left over. Anything else is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from kaimedia.domain import ListedPrice
from kaimedia.models.prices import Price, PriceUnit, Row
from kaimedia.models.spec import ModelSpec

_UNITS: Mapping[PriceUnit, frozenset[str]] = {
    PriceUnit.GENERATION: frozenset(
        {"per video", "per request", "per generation"}
    ),  # "per image" may be one of several
    PriceUnit.IMAGE: frozenset({"per image"}),
    PriceUnit.SECOND: frozenset({"per second"}),
    PriceUnit.INPUT_SECOND: frozenset({"per second"}),
    PriceUnit.MEGAPIXEL: frozenset({"per megapixel"}),
    PriceUnit.LAYER: frozenset({"per layer", "per output layer"}),
}
_SOUND = frozenset({"sound", "audio", "generate_audio", "generate_audio_switch"})
_NO = r"(no|without|w/o)"
_CREDIBLE = 5.0  # a price that is so many times ours, or less than that part of it, is in another unit
_SAME = 1e-6


def with_listed(spec: ModelSpec, listed: Mapping[str, Sequence[ListedPrice]], read_on: date) -> ModelSpec:
    """The model with the prices that its provider's list has, by the provider's id; the same object if none differ.

    Only models of the jobs API have an id of their own there.
    """
    modes = tuple(_mode(mode, listed, read_on) for mode in spec.modes or (spec,))
    if all(new is old for new, old in zip(modes, spec.modes or (spec,), strict=True)):
        return spec
    return replace(spec, modes=modes, price=modes[0].price) if spec.modes else modes[0]


def _mode(mode: ModelSpec, listed: Mapping[str, Sequence[ListedPrice]], read_on: date) -> ModelSpec:
    rows = listed.get(mode.listed_as or mode.remote_name, ()) if mode.wire else ()
    table = _table(mode.price, rows, read_on)
    if table is None:
        return mode
    found = replace(mode.price, table=table, offers=(), as_of=read_on, is_of_provider=True)
    is_newer = read_on > mode.price.as_of
    price = replace(found, other=mode.price) if is_newer else replace(mode.price, other=found)
    return replace(mode, price=price)


def _table(price: Price, rows: Iterable[ListedPrice], read_on: date) -> tuple[Row, ...] | None:
    """Our rows with the list's credits; None where they are the same, or it is not certain which belong together."""
    rest = [row for row in rows if _unit(row.unit) in _UNITS[price.unit]]
    at = datetime.combine(read_on, time(), UTC)
    table: list[Row] = []
    differs = False
    for conditions, regular in price.table:
        fitting = [row for row in rest if all(_fits(key, value, row) for key, value in conditions.items())]
        ours, _ = price.credits_at(conditions, regular, at)
        if not fitting and ours is None:
            table.append((conditions, None))
            continue
        if len(fitting) != 1 or not _is_credible(ours, fitting[0].credits):
            return None
        rest.remove(fitting[0])
        credits = fitting[0].credits
        differs = differs or regular is None or abs(credits - (ours or 0.0)) > _SAME
        table.append((conditions, credits))
    return tuple(table) if differs and not rest else None


def _is_credible(ours: float | None, theirs: float) -> bool:
    return not ours or ours / _CREDIBLE <= theirs <= ours * _CREDIBLE


def _unit(text: str) -> str:
    return " ".join(text.casefold().split())


def _fits(key: str, value: Any, row: ListedPrice) -> bool:
    """True if the description says that a condition holds. What comes before its first comma is the model's name."""
    details = row.description.casefold().partition(",")[2]
    if isinstance(value, tuple):
        return any(_fits(key, each, row) for each in value)
    if isinstance(value, bool):
        noun = r"video" if key == "has_video_input" else r"(audio|sound)" if key in _SOUND else None
        if noun is None or not re.search(noun, details):
            return False
        return (re.search(rf"\b{_NO}\s+{noun}", details) is None) is value
    if key == "duration_s":
        return re.search(rf"(?<![\d.]){value}(\.0)?\s*s(ec(onds?)?)?\b", details) is not None
    wanted = str(value).casefold()
    return wanted in re.findall(r"[a-z0-9<=>.]+", details) or wanted in map(str.strip, details.split(","))
