"""What a generation costs by the provider's price list, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from kaimedia.domain import LIST_USD_PER_CREDIT, Role

USD_PER_CREDIT = LIST_USD_PER_CREDIT


class PriceUnit(StrEnum):
    """What the credits of a row are for."""

    GENERATION = "generation"
    IMAGE = "image"
    SECOND = "second"  # of the requested length
    INPUT_SECOND = "input_second"  # of the video or sound that was given
    MEGAPIXEL = "megapixel"
    LAYER = "layer"

    @property
    def suffix(self) -> str:
        """What follows a number of credits: " per image", nothing for a whole generation."""
        words = {PriceUnit.INPUT_SECOND: "second of the input", PriceUnit.LAYER: "layer", PriceUnit.IMAGE: "image"}
        words |= {PriceUnit.SECOND: "second", PriceUnit.MEGAPIXEL: "megapixel"}
        return f" per {words[self]}" if self in words else ""


@dataclass(frozen=True, slots=True)
class Extra:
    """Credits for each input of a role, after those that are free."""

    role: Role
    credits: float
    free: int = 0


Row = tuple[Mapping[str, Any], float | None]  # conditions, credits for one unit


@dataclass(frozen=True, slots=True)
class Offer:
    """Rows that replace those of the table with the same conditions, until `ends_at` (aware)."""

    ends_at: datetime
    rows: tuple[Row, ...]

    def credits(self, conditions: Mapping[str, Any]) -> float | None:
        """What it has for a row of the table, None if that row is not part of it."""
        return next((credits for own, credits in self.rows if own == conditions), None)


@dataclass(frozen=True, slots=True)
class Price:
    """Credits for one unit: the first row of `table` whose conditions all match; None where the list has no number.

    Conditions use the same keys as rules do; a key that no request has stands for what is known only to the provider,
    such as the size of an earlier task's video. `as_of` is the date of the price list. With `adds_input_seconds`, the
    seconds of videos that are given are billed as well. `seconds_of` is the input whose seconds are billed where the
    unit is one of an input. `frames` are the two params, frames and frames per second, that set the length where the
    request has none. `most` is the highest number of units where the request does not tell it.

    Credits are the provider's own; `usd_per_credit` is None where it names no rate: then no amount of money is shown.
    `other` is a second list with another price, older than this one: ours or the provider's.
    """

    table: tuple[Row, ...]
    as_of: date
    unit: PriceUnit = PriceUnit.GENERATION
    extras: tuple[Extra, ...] = ()
    adds_input_seconds: bool = False
    note: str = ""
    usd_per_credit: float | None = None
    offers: tuple[Offer, ...] = ()
    seconds_of: Role | None = None
    frames: tuple[str, str] | None = None
    most: int | None = None
    other: Price | None = None
    is_of_provider: bool = False  # read from the provider's own list

    def credits_at(
        self, conditions: Mapping[str, Any], regular: float | None, at: datetime
    ) -> tuple[float | None, bool]:
        """The credits of a row at a moment; the second is True if they are those of an offer that has ended.

        The list may have only the price of the offer: what is charged afterwards is not less.
        """
        for offer in self.offers:
            offered = offer.credits(conditions)
            if offered is not None and at < offer.ends_at:
                return offered, False
            if offered is not None and regular is None:
                return offered, True
        return regular, False

    @property
    def per_variant(self) -> bool:
        """True when each image is billed."""
        return self.unit is PriceUnit.IMAGE

    @property
    def span_credits(self) -> tuple[float, float] | None:
        """The lowest and the highest number of credits in the list, for one unit; None when it has none."""
        known = [credits for _, credits in self.table if credits is not None]
        return (min(known), max(known)) if known else None
