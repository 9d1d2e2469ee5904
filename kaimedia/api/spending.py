"""`/api/spending`: what was spent, by day, model, kind, collection or API token."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BeforeValidator, Field

from kaimedia.api.parameters import ONE_LINE, CurrentStudio
from kaimedia.api.schemas import Out
from kaimedia.domain.spending import LostReason, SpendingBy
from kaimedia.studio.spending import zone_named
from kaimedia.studio.spending_document import document

router = APIRouter(prefix="/spending", tags=["spending"])


def _is_day(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("write a day like 2026-11-22")  # pydantic would read a bare number as seconds
    return value


Day = Annotated[date, BeforeValidator(_is_day)]


class SumsOut(Out):
    """What some tasks have cost, in the provider's credits."""

    tasks: int = Field(description="Tasks that were charged or are counted as lost.")
    credits: float = Field(description="Charged, less refunds, plus what is counted as lost.")
    usd: float = Field(description="The same in US dollars, at the rate when each task was created; 0 without a rate.")
    credits_lost: float = Field(description="Of these, paid without a result.")
    credits_reserved: float = Field(description="Not spent yet: of tasks that may still be charged.")


class SpendingItem(SumsOut):
    """One line of the division."""

    key: str = Field(
        description="A day, a model, `image` or `video`, a collection's id (0 for none, -1 for results "
        "that are deleted for good), or the id of an API token (empty without one)."
    )
    label: str


class LostOut(Out):
    """What was paid without a result."""

    reason: LostReason
    tasks: int
    credits: float
    usd: float


class ModelSpending(Out):
    """What a model's tasks have cost, and what became of their results."""

    model: str
    label: str
    credits: float
    made: int = Field(description="Saved results, without those that are deleted for good.")
    kept: int = Field(description="Of these, not in the trash.")
    favorites: int = Field(description="Of the kept.")
    credits_per_kept: float | None
    credits_per_favorite: float | None
    compared_tasks: int = Field(description="Tasks of which both the list price and the amount charged are known.")
    credits_estimated: float = Field(description="Their list prices.")
    credits_actual: float = Field(description="What they were charged.")
    unreported_tasks: int = Field(description="Tasks whose charge is known only from the list price.")
    credits_unreported: float
    unpriced_tasks: int = Field(description="Tasks that count as 0, because neither is known.")


class BalanceOut(Out):
    """How the provider's balance moved between the first and the last reading of these days, against the ledger."""

    since: datetime
    until: datetime
    credits_before: float
    credits_after: float
    credits_topped_up: float
    credits_taken: float = Field(description="What left the account.")
    credits_recorded: float = Field(description="What the ledger has for the same time: spent and reserved.")
    credits_unexplained: float = Field(description="The difference; negative where the ledger has more.")


class SpendingOut(Out):
    """What was spent at one provider. A task counts on the day it was requested."""

    provider: str
    is_charged: bool = Field(description="False if the provider is free: the amounts are what it would have cost.")
    by: SpendingBy
    since: date = Field(description="The first day.")
    until: date = Field(description="The last day.")
    time_zone: str
    total: SumsOut
    credits_reserved_now: float = Field(description="Of all tasks that may still be charged.")
    credits_undecided: float = Field(description="Of these, of tasks whose outcome is unknown and not decided yet.")
    undecided_tasks: int
    items: list[SpendingItem] = Field(description="Days in order, all others by amount; empty ones are left out.")
    lost: list[LostOut]
    models: list[ModelSpending]
    balance: BalanceOut | None = Field(description="Null if the balance was not read twice.")


@router.get("")
def get_spending(
    studio: CurrentStudio,
    by: Annotated[
        SpendingBy,
        Query(
            description="`collection`: a task's cost is divided equally among its results, and a result in several "
            "collections counts in each."
        ),
    ] = SpendingBy.DAY,
    since: Annotated[Day | None, Query(description="The first day; by default that of the first task.")] = None,
    until: Annotated[Day | None, Query(description="The last day, included; by default today.")] = None,
    time_zone: Annotated[str, Query(description="Where days begin: an IANA name.", examples=["Europe/Berlin"])] = "UTC",
    provider: Annotated[
        str | None, Query(max_length=80, pattern=ONE_LINE, description="By default the one in use.")
    ] = None,
) -> SpendingOut:
    """What was spent, divided as asked for, with what was lost, the cost of kept results and the balance's drift."""
    period = studio.spending.period(provider=provider, first=since, last=until, zone=zone_named(time_zone))
    return SpendingOut.model_validate(
        document(studio.spending, studio.spending.overview(period), by, time_zone), strict=False
    )
