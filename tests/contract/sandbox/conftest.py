"""Sandboxes for these tests: small media, a clock that stands still, no limit on creates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kaimedia.sandbox.options import SandboxOptions
from tests.contract.sandbox.wire import ManualClock, Wire


@pytest.fixture
def open_wire() -> Iterator[Callable[..., Wire]]:
    """Starts sandboxes with these options; they stop after the test."""
    opened: list[Wire] = []

    def opener(**options: Any) -> Wire:
        usual = {"media": "small", "clock": ManualClock(), "creates_per_10s": None}
        opened.append(Wire(SandboxOptions(**{**usual, **options})))
        return opened[-1]

    yield opener
    for wire in reversed(opened):
        wire.close()


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    """One sandbox for all tests of a module: the tests distinguish their tasks by prompt."""
    running = Wire(
        SandboxOptions(media="small", clock=ManualClock(), creates_per_10s=None, credits=1_000_000.0, hmac_key="hush")
    )
    yield running
    running.close()
