"""The provider's own price list, read at most once a day."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kaimedia.domain import ListCheck, utc_now
from kaimedia.errors import KaimediaError, ProviderUnavailable
from kaimedia.jobs.listed_prices import ListedPrices
from kaimedia.jobs.providers import Providers
from kaimedia.models import catalogue
from kaimedia.providers.base import ListsPrices
from kaimedia.providers.registry import starting_label_of
from kaimedia.store.price_lists import PriceLists
from kaimedia.studio.daily_reading import STALE_AFTER, DailyReading

log = logging.getLogger("kaimedia.studio")


@dataclass(frozen=True, slots=True)
class PriceListState:
    """The price list of the provider in use: when it was read, and the models for which it has other prices."""

    provider: str
    check: ListCheck
    is_running: bool
    changed: tuple[str, ...]


class PriceListService:
    """One reading at a time, over all processes on this database; `reading` does it in the background.

    Times are from `now`, aware UTC.
    """

    def __init__(
        self, store: PriceLists, providers: Providers, listed: ListedPrices, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._store = store
        self._providers = providers
        self._listed = listed
        self._now = now
        self.reading = DailyReading("prices", self.read, store.check, providers, now)

    def state(self) -> PriceListState:
        """What is known of the list of the provider in use."""
        provider = self._providers.current()
        check = self._store.check(provider)
        ours = catalogue.all_models()
        changed = tuple(spec.id for spec in ours if self._listed.applied(spec) is not spec)
        return PriceListState(provider, check, self.reading.is_running(check), changed)

    def read(self) -> bool:
        """Read now; waits for the provider, seconds. False if another process already does.

        A failure is stored with its reason, and what was read before stays.

        Raises:
            StoreUnavailable: the result cannot be stored.
        """
        provider, now = self._providers.current(), self._now()
        if not self._store.begin(provider, now=now, stale_before=now - STALE_AFTER):
            return False
        failure = "The reading was interrupted."
        try:
            client = self._providers.client(provider)
            if not isinstance(client, ListsPrices):
                raise ProviderUnavailable(f"{starting_label_of(provider)} does not publish its price list.")
            rows = client.listed_prices()
            self._store.save(provider, rows, now=self._now())
            failure = ""
            log.info("the price list has %d rows", len(rows))
        except KaimediaError as error:
            log.warning("the price list was not read: %s", error)
            failure = error.message
        finally:
            if failure:
                self._store.fail(provider, failure, now=self._now())
            self._listed.reload()
        return True
