"""Reads balances in the background around paid calls, so that they can show whether a lost reply was charged."""

from __future__ import annotations

import logging
import threading
import time

from kaimedia.errors import KaimediaError
from kaimedia.jobs.providers import Providers
from kaimedia.providers.registry import entry_of, is_registered

log = logging.getLogger("kaimedia.jobs")

FRESH_S = 60.0  # a reading before a paid call may be that old
SETTLES_S = 2.0  # right after a paid call, the provider may still be charging
APART_S = 10.0  # readings during a series of paid calls


class BalanceReads:
    """Requests readings; never waits, and reads each provider once at a time. Readings are free."""

    def __init__(self, providers: Providers) -> None:
        self._providers = providers
        self._guard = threading.Lock()
        self._planned: dict[str, threading.Timer] = {}
        self._is_stopped = False
        self._again: set[str] = set()
        self._read_at_s: dict[str, float] = {}  # monotonic

    def before_sending(self, provider: str) -> None:
        """Tasks are about to be sent: read the balance unless that was done within the last minute."""
        with self._guard:
            is_planned = provider in self._planned
        if not is_planned and self._age_s(provider) > FRESH_S:
            self._plan(provider, 0.0)

    def after_sending(self, provider: str) -> None:
        """A paid call has ended, whatever its outcome: read the balance in a moment, and once more after a series."""
        with self._guard:
            if provider in self._planned:
                self._again.add(provider)
                return
        self._plan(provider, max(SETTLES_S, APART_S - self._age_s(provider)))

    def stop(self) -> None:
        """Begin no further reading: the process ends, or its providers are closed."""
        with self._guard:
            self._is_stopped = True
            planned = list(self._planned.values())
        for timer in planned:
            timer.cancel()

    def _age_s(self, provider: str) -> float:
        return time.monotonic() - self._read_at_s.get(provider, float("-inf"))

    def _plan(self, provider: str, delay_s: float) -> None:
        if not (is_registered(provider) and entry_of(provider).reports_balance):
            return
        timer = threading.Timer(delay_s, self._read, args=(provider,))
        timer.name, timer.daemon = f"kaimedia-balance-{provider}", True
        with self._guard:
            if self._is_stopped or provider in self._planned:
                return
            self._planned[provider] = timer
        try:
            timer.start()
        except RuntimeError:  # no more threads available: the next call tries again
            self._planned.pop(provider, None)

    def _read(self, provider: str) -> None:
        self._read_at_s[provider] = time.monotonic()
        try:
            self._providers.read_balance(provider)
        except KaimediaError as error:
            log.info("the balance was not read: %s", error)
        finally:
            with self._guard:
                self._planned.pop(provider, None)
                is_wanted_again = provider in self._again
                self._again.discard(provider)
            if is_wanted_again:
                self._plan(provider, APART_S)
