"""Records every balance that a provider reports, for comparing it with the ledger."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime

from kaimedia.errors import StoreUnavailable
from kaimedia.store.ledger.balances import Balances

KEY_ID_DIGITS = 12
log = logging.getLogger("kaimedia.jobs")


class BalanceLog:
    """Writes balances; one that cannot be written is left out, because the next follows soon."""

    def __init__(self, balances: Balances | None = None) -> None:
        self._balances = balances

    def record(self, provider: str, credits: float, at: datetime, key: str) -> None:
        """Record what the provider of this name said at that time, aware UTC, about the account of this key."""
        if self._balances is None:
            return
        try:
            self._balances.record(provider, credits, at, hashlib.sha256(key.encode()).hexdigest()[:KEY_ID_DIGITS])
        except StoreUnavailable as error:
            log.info("a balance was not recorded: %s", error)
