"""What requests would cost, without sending anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kaimedia.domain import GenerationRequest
from kaimedia.errors import InvalidRequest
from kaimedia.models.estimates import Estimate
from kaimedia.models.validation import validate
from kaimedia.providers.registry import is_free
from kaimedia.studio.account import AccountService
from kaimedia.studio.catalog import CatalogService
from kaimedia.studio.limits import LimitService, LimitWarning
from kaimedia.studio.money import MoneyService
from kaimedia.studio.new_tasks import NewTasks
from kaimedia.studio.payable import PayableCheck
from kaimedia.studio.totals import BatchPrice


@dataclass(frozen=True, slots=True)
class Cost:
    """An amount of a provider's credits from `low` to `high`, and the same in US dollars; None where not known."""

    credits_low: float | None
    credits_high: float | None
    usd_low: float | None
    usd_high: float | None


@dataclass(frozen=True, slots=True)
class QuoteItem:
    """The price of one request by the price list of `prices_as_of`; `is_free` where it goes to a free provider."""

    request: GenerationRequest
    provider: str
    estimate: Estimate
    cost: Cost
    is_free: bool
    prices_as_of: date


@dataclass(frozen=True, slots=True)
class QuoteTotal:
    """The total of all requests to one provider.

    `balance_credits` is the last known balance, and `missing_credits` what it lacks for the lowest price; None where
    it is not known.
    """

    provider: str
    price: BatchPrice
    cost: Cost
    is_free: bool
    balance_credits: float | None
    missing_credits: float | None


@dataclass(frozen=True, slots=True)
class Quote:
    """Prices of requests in their order, and the totals by provider; `must_confirm`: a page would ask first."""

    items: tuple[QuoteItem, ...]
    totals: tuple[QuoteTotal, ...]
    must_confirm: bool


class QuoteService:
    """Prices of requests that are not sent."""

    def __init__(
        self,
        catalog: CatalogService,
        new_tasks: NewTasks,
        account: AccountService,
        money: MoneyService,
        payable: PayableCheck,
        limits: LimitService,
    ) -> None:
        self._catalog = catalog
        self._new_tasks = new_tasks
        self._account = account
        self._money = money
        self._payable = payable
        self._limits = limits

    def of(self, requests: Sequence[GenerationRequest]) -> Quote:
        """The prices of these requests, which are checked as if they were sent; a key is not needed.

        Raises:
            InvalidRequest: one is not valid; its field starts with `requests.` and its index.
        """
        checked = [self._checked(index, request) for index, request in enumerate(requests)]
        prices = self._new_tasks.prices(checked)
        totals = tuple(self._total(provider, price) for provider, price in prices.items())
        return Quote(tuple(map(self._item, checked)), totals, self._money.must_confirm(prices))

    def limits(self, quote: Quote, *, token_id: str = "") -> list[LimitWarning]:
        """The spending limits that these requests would exceed, bring to 80 %, or cannot be compared with."""
        return self._limits.warnings({total.provider: total.price for total in quote.totals}, token_id=token_id)

    def _checked(self, index: int, request: GenerationRequest) -> GenerationRequest:
        try:
            spec = self._catalog.get(request.model)
            self._catalog.check_understood(spec)
            return validate(spec, request)
        except InvalidRequest as error:
            error.field = f"requests.{index}.{error.field}"
            raise

    def _item(self, request: GenerationRequest) -> QuoteItem:
        provider = self._new_tasks.provider_of(request)
        estimate = self._new_tasks.estimates.of(request)
        price = self._catalog.get(request.model).mode_for(request.references).price
        cost = self._cost(provider, estimate.low, estimate.high)
        return QuoteItem(request, provider, estimate, cost, is_free(provider), price.as_of)

    def _total(self, provider: str, price: BatchPrice) -> QuoteTotal:
        has_price = price.unpriced < price.tasks
        low = price.least_credits if has_price else None
        high = price.credits if has_price and not price.is_open and not price.unpriced else None
        balance = None if is_free(provider) else self._account.balance_of(provider).balance_credits
        missing = None if is_free(provider) else self._payable.missing(provider, price)
        return QuoteTotal(provider, price, self._cost(provider, low, high), is_free(provider), balance, missing)

    def _cost(self, provider: str, low: float | None, high: float | None) -> Cost:
        rate = self._money.rate_of(provider)
        usd_low, usd_high = (None if end is None or rate is None else round(end * rate, 6) for end in (low, high))
        return Cost(low, high, usd_low, usd_high)
