"""The provider's contract tests talk to a real socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kaimedia.providers.http.pacing import Pacing
from kaimedia.providers.kie.http.retries import RetryPlan
from kaimedia.providers.kie.http.transport import Transport
from tests.contract.providers.loopback import CANARY, Loopback, serving

QUICK = RetryPlan(tries=3, first_s=0.01, longest_s=0.02)
Make = Callable[..., Transport]


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    """A misbehaving server on a free loopback port."""
    with serving() as server:
        yield server


@pytest.fixture
def make(loopback: Loopback) -> Iterator[Make]:
    """Transports to that server, quick to give up; closed after the test."""
    made: list[Transport] = []

    def transport(**changes: Any) -> Transport:
        url = changes.pop("url", loopback.url)
        options: dict[str, Any] = {
            "pace": Pacing(is_on=False),
            "connect_timeout_s": 2.0,
            "read_timeout_s": 1.0,
            "total_timeout_s": 5.0,
            "upload_timeout_s": 5.0,
            "retries": QUICK,
            **changes,
        }
        made.append(Transport(url, url, CANARY, **options))
        return made[-1]

    yield transport
    for one in made:
        one.close()
