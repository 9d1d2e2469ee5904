"""Prices as a provider's own list has them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListedPrice:
    """One row of the list: `credits` for one `unit` of the model with that id, as the provider describes it."""

    model: str
    description: str
    unit: str
    credits: float
