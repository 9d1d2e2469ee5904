"""What a generation costs by the provider's price list, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from kaimedia.domain import Role

USD_PER_CREDIT = 0.005  # list rate of the provider whose key is entered in Settings; large top-ups get 10 % extra


def usd_text(credits: float, usd_per_credit: float) -> str:
    """An amount of credits in US dollars: "$0.30", "$0.004"."""
    usd = credits * usd_per_credit
    return f"${usd:,.2f}" if usd >= 0.01 or not usd else f"${usd:.3f}"


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

    @property
    def is_countable(self) -> bool:
        """True when the request alone tells how many of them are billed."""
        return self in (PriceUnit.GENERATION, PriceUnit.IMAGE, PriceUnit.SECOND)


@dataclass(frozen=True, slots=True)
class Extra:
    """Credits for each input of a role, after those that are free."""

    role: Role
    credits: float
    free: int = 0


@dataclass(frozen=True, slots=True)
class Price:
    """Credits for one unit: the first row of `table` whose conditions all match; None where the list has no number.

    Conditions use the same keys as rules do. `as_of` is the date of the price list. With
    `adds_input_seconds`, the seconds of videos that are given are billed as well. Credits are the provider's own;
    `usd_per_credit` is None where it names no rate: then no amount in dollars is shown.
    """

    table: tuple[tuple[Mapping[str, Any], float | None], ...]
    as_of: date
    unit: PriceUnit = PriceUnit.GENERATION
    extras: tuple[Extra, ...] = ()
    adds_input_seconds: bool = False
    note: str = ""
    usd_per_credit: float | None = None

    @property
    def per_variant(self) -> bool:
        """True when each image is billed."""
        return self.unit is PriceUnit.IMAGE

    @property
    def span_credits(self) -> tuple[float, float] | None:
        """The lowest and the highest number of credits in the list, for one unit; None when it has none."""
        known = [credits for _, credits in self.table if credits is not None]
        return (min(known), max(known)) if known else None
