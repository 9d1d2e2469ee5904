"""`/api/models` and `/api/credits`: what can be made, and with what money."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from kaimedia.api.parameters import studio
from kaimedia.api.schemas import ModelOut, Out
from kaimedia.domain import Modality, ProviderKind
from kaimedia.studio import KeyCheck, Studio

router = APIRouter(tags=["models"])
House = Annotated[Studio, Depends(studio)]


class Catalogue(Out):
    """Every model, in the order it is offered."""

    items: list[ModelOut]


class Credits(Out):
    """The provider's balance as it was last told."""

    provider: ProviderKind
    credits: float | None = Field(description="Null while nobody has asked, or when the provider did not say.")
    checked_at: datetime | None
    is_refreshing: bool = Field(description="True while the provider is being asked; ask again in a second.")
    problem: str | None


@router.get("/models")
def list_models(
    house: House, type: Annotated[Modality | None, Query(description="Pictures only, or clips only.")] = None
) -> Catalogue:
    """The catalogue with request fields, list prices and typical times."""
    return Catalogue(items=[ModelOut.of(spec, is_available=not house.refuses(spec)) for spec in house.models(type)])


@router.get("/credits")
def get_credits(house: House) -> Credits:
    """The balance as last told; one older than a minute is asked for anew in the background, and nobody waits."""
    check, is_refreshing = house.balance()
    return _credits(house, check, is_refreshing=is_refreshing)


@router.post("/credits/check")
def check_credits(house: House) -> Credits:
    """Ask the provider for the balance now, and with it whether the key works. Waits for the answer, seconds."""
    return _credits(house, house.check_key(), is_refreshing=False)


def _credits(house: Studio, check: KeyCheck, *, is_refreshing: bool) -> Credits:
    state = house.provider_state()
    return Credits(
        provider=state.kind,
        credits=check.balance_credits,
        checked_at=check.checked_at,
        is_refreshing=is_refreshing,
        problem=state.problem or check.message,
    )
