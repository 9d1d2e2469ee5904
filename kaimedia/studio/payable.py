"""Refuses what a provider's balance surely cannot pay, before anything is sent."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as NotYet

from kaimedia.domain import utc_now
from kaimedia.errors import CreditsExhausted, KaimediaError
from kaimedia.jobs.key_check import KeyCheck
from kaimedia.providers.registry import billing_url_of, is_free, location_of, reports_balance
from kaimedia.studio.account import AccountService
from kaimedia.studio.price_texts import credits_text
from kaimedia.studio.totals import BatchPrice

BELIEVED_S = 180.0  # an older balance is asked for again before something is sent
REFUSED_BY_S = 10.0  # and before something is refused: the account may have been topped up meanwhile
ANSWER_WITHIN_S = 3.0  # nobody waits longer for a balance; without one, nothing is refused
SILENT_S = 60.0  # after no answer, nobody waits again for so long


class PayableCheck:
    """Compares prices with balances. `now_s` is a monotonic clock in seconds."""

    def __init__(self, account: AccountService, now_s: Callable[[], float] = time.monotonic) -> None:
        self._account = account
        self._now_s = now_s
        self._silent_since_s: dict[str, float] = {}

    def refuse_unpayable(self, prices: Mapping[str, BatchPrice], *, may_wait: bool = True) -> None:
        """Check these totals, by provider. May wait a few seconds for a balance that is not known or too old.

        With `may_wait` False, such a balance is asked for in the background and does not count this time.

        Only the lowest price counts, and nothing is refused at a provider that is free, does not report a balance or
        does not answer.

        Raises:
            CreditsExhausted: the balance is lower; the message says by how much.
        """
        for provider, price in prices.items():
            needed = price.least_credits
            if not needed or is_free(provider) or not reports_balance(provider):
                continue
            balance = self._balance(provider, needed, may_wait=may_wait)
            if balance is not None and balance < needed:
                raise _refused(provider, needed, balance)

    def missing(self, provider: str, price: BatchPrice) -> float | None:
        """How many credits the last known balance lacks, 0 if it suffices, None if it is not known; never waits."""
        if is_free(provider):
            return 0.0
        balance = self._account.balance_of(provider).balance_credits
        return None if balance is None else max(0.0, round(price.least_credits - balance, 4))

    def _balance(self, provider: str, needed: float, *, may_wait: bool) -> float | None:
        known = self._account.known_balance(provider)
        age_s = _age_s(known)
        if known.balance_credits is None:
            return self._asked(provider, may_wait=may_wait)
        is_believed = age_s <= (BELIEVED_S if known.balance_credits >= needed else REFUSED_BY_S)
        return known.balance_credits if is_believed else self._asked(provider, may_wait=may_wait)

    def _asked(self, provider: str, *, may_wait: bool) -> float | None:
        silent_since_s = self._silent_since_s.get(provider)
        if silent_since_s is not None and self._now_s() - silent_since_s < SILENT_S:
            return None
        future = self._account.ask_balance(provider)
        if future is None or not (may_wait or future.done()):
            return None
        try:
            balance = future.result(ANSWER_WITHIN_S).balance_credits
        except (NotYet, KaimediaError):
            balance = None
        if balance is None:
            self._silent_since_s[provider] = self._now_s()
        else:
            self._silent_since_s.pop(provider, None)
        return balance


def _age_s(check: KeyCheck) -> float:
    if check.checked_at is None:
        return float("inf")
    age_s = (utc_now() - check.checked_at).total_seconds()
    return age_s if age_s >= 0 else float("inf")  # the clock was ahead then


def _refused(provider: str, needed: float, balance: float) -> CreditsExhausted:
    url = billing_url_of(provider)
    # Rounded so that the difference never looks like nothing.
    missing = credits_text(math.ceil(round((needed - balance) * 100, 4)) / 100)
    left = credits_text(math.floor(round(balance * 100, 4)) / 100)
    return CreditsExhausted(
        f"This costs at least {credits_text(needed)}; your balance {location_of(provider)} is "
        f"{left}. Missing: {missing}. Nothing was sent.",
        next_step=f"Top up {location_of(provider)}{f' ({url})' if url else ''}, or choose something cheaper.",
    )
