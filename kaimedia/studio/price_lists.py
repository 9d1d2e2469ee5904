"""Reads the provider's own price list, at most once a day, in the background."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from kaimedia.domain import ListCheck, utc_now
from kaimedia.errors import KaimediaError, ProviderUnavailable
from kaimedia.jobs.listed_prices import ListedPrices
from kaimedia.jobs.providers import Providers
from kaimedia.models import catalogue
from kaimedia.providers.base import ListsPrices
from kaimedia.providers.registry import starting_label_of
from kaimedia.store.price_lists import PriceLists

log = logging.getLogger("kaimedia.studio")

EVERY = timedelta(days=1)
AGAIN_AFTER_FAILURE = timedelta(hours=1)
STALE_AFTER = timedelta(minutes=10)  # a reading that long under way belongs to a process that is gone
_SLOW_CLOCK = timedelta(minutes=5)
_STOPS_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class PriceListState:
    """The price list of the provider in use: when it was read, and the models for which it has other prices."""

    provider: str
    check: ListCheck
    is_running: bool
    changed: tuple[str, ...]


class PriceListService:
    """One reading at a time, over all processes on this database. Times are from `now`, aware UTC."""

    def __init__(
        self, store: PriceLists, providers: Providers, listed: ListedPrices, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._store = store
        self._providers = providers
        self._listed = listed
        self._now = now
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_over = False

    def state(self) -> PriceListState:
        """What is known of the list of the provider in use."""
        provider = self._providers.current()
        check = self._store.check(provider)
        ours = catalogue.all_models()
        changed = tuple(spec.id for spec in ours if self._listed.applied(spec) is not spec)
        is_ours = self._thread is not None and self._thread.is_alive()
        return PriceListState(provider, check, is_ours or self._is_recent(check.started_at, STALE_AFTER), changed)

    def begin_if_due(self) -> None:
        """Begin to read if the provider's key is there and the list is a day old, or a try failed an hour ago."""
        state = self._providers.state()
        if state.is_sandbox or state.problem is not None:
            return
        check = self._store.check(state.name)
        if self._is_recent(check.failed_at, AGAIN_AFTER_FAILURE):
            return
        if check.failed_at is not None or not self._is_recent(check.checked_at, EVERY):
            self.begin()

    def begin(self) -> None:
        """Read in the background; does nothing while this process already does."""
        with self._guard:
            if self._is_over or (self._thread is not None and self._thread.is_alive()):
                return
            thread = threading.Thread(target=self._run, name="kaimedia-prices", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # no more threads available
                log.warning("the price list is not read now: %s", error)
                return
            self._thread = thread

    def read(self) -> bool:
        """Read now; waits for the provider, seconds. False if another process already does.

        A failure is stored with its reason, and what was read before stays.

        Raises:
            StoreUnavailable: the result cannot be stored.
        """
        provider, now = self._providers.current(), self._now()
        if not self._store.begin(provider, now=now, stale_before=now - STALE_AFTER):
            return False
        try:
            client = self._providers.client(provider)
            if not isinstance(client, ListsPrices):
                raise ProviderUnavailable(f"{starting_label_of(provider)} does not publish its price list.")
            rows = client.listed_prices()
        except KaimediaError as error:
            log.warning("the price list was not read: %s", error)
            self._store.fail(provider, error.message, now=self._now())
        else:
            self._store.save(provider, rows, now=self._now())
            log.info("the price list has %d rows", len(rows))
        self._listed.reload()
        return True

    def stop(self) -> None:
        """Begin nothing more; a running reading ends by itself."""
        self._is_over = True
        if self._thread is not None:
            self._thread.join(_STOPS_WITHIN_S)

    def _run(self) -> None:
        try:
            self.read()
        except KaimediaError as error:
            log.warning("the price list was not read: %s", error)

    def _is_recent(self, moment: datetime | None, span: timedelta) -> bool:
        """False for a moment in the future, too: the clock was ahead then."""
        return moment is not None and -_SLOW_CLOCK < self._now() - moment < span
