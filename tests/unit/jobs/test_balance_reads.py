"""When balances are read in the background."""

from __future__ import annotations

import threading
from typing import cast

from kaimedia.domain import ProviderName
from kaimedia.jobs.balance_reads import BalanceReads
from kaimedia.jobs.providers import Providers


class _Providers:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def read_balance(self, name: str) -> None:
        self.asked.append(name)


def test_what_is_planned_when_it_stops_is_not_read() -> None:
    """Else a provider would be asked by an app that is closed."""
    providers = _Providers()
    reads = BalanceReads(cast(Providers, providers))
    others = set(threading.enumerate())
    reads.after_sending(ProviderName.SANDBOX)
    (planned,) = set(threading.enumerate()) - others
    reads.stop()
    planned.join(10)
    reads.before_sending(ProviderName.SANDBOX)
    for thread in set(threading.enumerate()) - others:
        thread.join(10)
    assert providers.asked == []
