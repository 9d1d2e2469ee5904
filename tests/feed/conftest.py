"""The gallery's feed as the app mounts it, on a house in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from kaimedia import bootstrap
from kaimedia.api.mounting import ApiMount
from kaimedia.bootstrap import House
from kaimedia.feed.application import app


def make_client() -> TestClient:
    """A client of the feed."""
    mounted = Starlette(routes=[ApiMount("/app/gallery", app)])
    return TestClient(mounted, base_url="http://127.0.0.1/app/gallery/", raise_server_exceptions=False)


@pytest.fixture
def use_house(monkeypatch: pytest.MonkeyPatch) -> Callable[[House | None], None]:
    """Makes a house the one of this process."""

    def use(house: House | None) -> None:
        monkeypatch.setattr(bootstrap.current, "house", house)

    return use


@pytest.fixture
def feed(house: House, use_house: Callable[[House | None], None]) -> Iterator[TestClient]:
    """The feed of a house whose engine runs."""
    use_house(house)
    with make_client() as opened:
        yield opened
