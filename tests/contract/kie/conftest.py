"""The provider's contract tests talk to a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.kie.loopback import Loopback, serving


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    """A misbehaving server on a free loopback port."""
    with serving() as server:
        yield server
