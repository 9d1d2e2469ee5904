"""The prices of the providers' own lists, as the catalog uses them: made from what is stored."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from kaimedia.domain import ListedPrice
from kaimedia.errors import StoreError
from kaimedia.jobs.providers import goes_to_current
from kaimedia.models.listed_prices import with_listed
from kaimedia.models.spec import ModelSpec
from kaimedia.store.price_lists import PriceLists

log = logging.getLogger("kaimedia.jobs")

IS_FRESH_S = 2.0


@dataclass(slots=True)
class _Loaded:
    """The list of one provider at one revision, by the provider's ids, and the models it was applied to so far."""

    provider: str
    revision: int
    read_on: date | None
    rows: dict[str, list[ListedPrice]] = field(default_factory=dict)
    applied: dict[str, tuple[ModelSpec, ModelSpec]] = field(default_factory=dict)  # by our id: before, after


class ListedPrices:
    """As `ListedPriceTable`; `current` is the provider in use.

    What is stored may be changed by another process, so its revision is looked up every two seconds. Without the
    database, what was last read stays, or else our own prices.
    """

    def __init__(self, store: PriceLists, current: Callable[[], str]) -> None:
        self._store = store
        self._current = current
        self._guard = threading.Lock()
        self._loaded: _Loaded | None = None
        self._looked_at_s = float("-inf")

    def applied(self, spec: ModelSpec) -> ModelSpec:
        """The model with the prices of the list of the provider in use."""
        if not goes_to_current(spec):
            return spec
        with self._guard:
            loaded = self._load()
            if loaded is None or loaded.read_on is None:
                return spec
            before, after = loaded.applied.get(spec.id, (None, spec))
            if before is not spec:
                after = with_listed(spec, loaded.rows, loaded.read_on)
                loaded.applied[spec.id] = (spec, after)
            return after

    def version(self) -> object:
        """Changes with what is stored and with the provider in use."""
        with self._guard:
            loaded = self._load()
        return loaded and (loaded.provider, loaded.revision, loaded.read_on)

    def reload(self) -> None:
        """Look at what is stored at the next use."""
        with self._guard:
            self._looked_at_s = float("-inf")

    def _load(self) -> _Loaded | None:
        now_s = time.monotonic()
        if now_s - self._looked_at_s < IS_FRESH_S:
            return self._loaded
        try:
            provider = self._current()
            check = self._store.check(provider)
            known = self._loaded
            if known is None or (known.provider, known.revision) != (provider, check.revision):
                read_on = check.checked_at.date() if check.checked_at else None
                self._loaded = _Loaded(provider, check.revision, read_on)
                for row in self._store.rows(provider) if read_on else ():
                    self._loaded.rows.setdefault(row.model, []).append(row)
        except StoreError as error:
            log.warning("the price lists cannot be read: %s", error)
        self._looked_at_s = now_s
        return self._loaded
