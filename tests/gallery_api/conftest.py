"""The gallery API mounted as in the app, with data in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from kaimedia import runtime
from kaimedia.context import AppContext
from kaimedia.web.gallery.application import app
from kaimedia.web.mounting import ApiMount
from tests.conftest import image_request, video_request
from tests.finished import finished
from tests.without_housekeeping import leave_out_housekeeping


def make_client() -> TestClient:
    """A client of the gallery API."""
    mounted = Starlette(routes=[ApiMount("/app/gallery", app)])
    return TestClient(mounted, base_url="http://127.0.0.1/app/gallery/", raise_server_exceptions=False)


@pytest.fixture(autouse=True)
def _no_housekeeping(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_housekeeping(monkeypatch)


@pytest.fixture
def use_context(monkeypatch: pytest.MonkeyPatch) -> Callable[[AppContext | None], None]:
    """Make an app context the one of this process."""

    def use(context: AppContext | None) -> None:
        monkeypatch.setattr(runtime.current, "context", context)

    return use


@pytest.fixture
def gallery_api(context: AppContext, use_context: Callable[[AppContext | None], None]) -> Iterator[TestClient]:
    """The gallery API of an app with a running engine."""
    use_context(context)
    with make_client() as opened:
        yield opened


@pytest.fixture
def made(gallery_api: TestClient, context: AppContext) -> list[int]:
    """Two foxes and a kite, oldest first."""
    requests = (image_request("A paper fox", variants=2), video_request("A kite", duration_s=4))
    return [each.id for request in requests for each in finished(context, request)[1]]
