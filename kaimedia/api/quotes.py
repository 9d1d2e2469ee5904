"""`/api/quotes`: what requests would cost, without sending anything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends
from pydantic import ConfigDict, Field

from kaimedia.api.batch_requests import TWO_MODELS, ManyBodies, requests_of
from kaimedia.api.limits import LimitOut
from kaimedia.api.parameters import Caller, CurrentStudio, caller
from kaimedia.api.schemas import Out
from kaimedia.models.estimates import Unsure
from kaimedia.studio import LimitWarning
from kaimedia.studio.quotes import Cost, Quote, QuoteItem, QuoteTotal

router = APIRouter(prefix="/quotes", tags=["models"])
_ONE: Any = {"prompt": "a {red|blue} paper boat", "model": "gpt4o-image"}


class NewQuote(ManyBodies):
    """Requests that are priced and not sent; inputs given by link are fetched."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"requests": [_ONE], "split_prompts": True}, {"requests": TWO_MODELS}]},
    )


class CostOut(Out):
    """An amount of a provider's credits, and the same in US dollars at the rate of Settings.

    Both ends are the same where the price is known; an end that is not known is null.
    """

    credits_low: float | None
    credits_high: float | None
    usd_low: float | None
    usd_high: float | None

    @classmethod
    def of(cls, cost: Cost) -> CostOut:
        """The amount as the API shows it."""
        return cls(**{name: getattr(cost, name) for name in CostOut.model_fields})


class QuoteItemOut(Out):
    """The price of one request."""

    model: str
    provider: str
    is_free: bool = Field(description="True at a provider that charges nothing; `cost` is then its model's list price.")
    cost: CostOut
    unsure: list[Unsure] = Field(description="What the price depends on where it is not one number.")
    prices_as_of: date

    @classmethod
    def of(cls, item: QuoteItem) -> Self:
        """The price as the API shows it."""
        return cls(
            model=item.request.model,
            provider=item.provider,
            is_free=item.is_free,
            cost=CostOut.of(item.cost),
            unsure=list(item.estimate.unsure),
            prices_as_of=item.prices_as_of,
        )


class QuoteTotalOut(Out):
    """The total of all requests to one provider."""

    provider: str
    tasks: int
    unpriced: int = Field(description="How many have no list price; the total leaves them out.")
    is_free: bool
    cost: CostOut
    balance_credits: float | None = Field(description="The last known balance; null if it is not known, or free.")
    missing_credits: float | None = Field(
        description="What the balance lacks for the lowest price; requests are refused while it is above 0."
    )

    @classmethod
    def of(cls, total: QuoteTotal) -> Self:
        """The total as the API shows it."""
        return cls(
            provider=total.provider,
            tasks=total.price.tasks,
            unpriced=total.price.unpriced,
            is_free=total.is_free,
            cost=CostOut.of(total.cost),
            balance_credits=total.balance_credits,
            missing_credits=total.missing_credits,
        )


class LimitWarningOut(LimitOut):
    """A spending limit that these requests would exceed, bring to 80 %, or cannot be compared with."""

    is_exceeded: bool = Field(description="True if the requests cost more and would be refused.")
    is_unknown: bool = Field(description="True if what they cost at most is not known, so that they would be refused.")


class QuoteOut(Out):
    """Prices in the order of the requests, and totals by provider, because each has its own credits."""

    items: list[QuoteItemOut]
    totals: list[QuoteTotalOut]
    must_confirm: bool = Field(description="True if the pages would ask first, by the sum in Settings.")
    limits: list[LimitWarningOut] = Field(description="For the API token of this request, if it has one.")

    @classmethod
    def of(cls, quote: Quote, warnings: Iterable[LimitWarning]) -> Self:
        """The quote as the API shows it."""
        items, totals = (
            [QuoteItemOut.of(each) for each in quote.items],
            [QuoteTotalOut.of(each) for each in quote.totals],
        )
        limits = [
            LimitWarningOut(
                **LimitOut.of(each.use).model_dump(), is_exceeded=each.is_exceeded, is_unknown=each.is_unknown
            )
            for each in warnings
        ]
        return cls(items=items, totals=totals, must_confirm=quote.must_confirm, limits=limits)


@router.post("")
def make_quote(studio: CurrentStudio, new: NewQuote, who: Annotated[Caller, Depends(caller)]) -> QuoteOut:
    """What these requests would cost. They are checked as if they were sent; nothing is sent or stored."""
    found = requests_of(new, studio, who.id)
    quote = found.quote(studio)
    return QuoteOut.of(quote, studio.quotes.limits(quote, token_id=who.token_id))
