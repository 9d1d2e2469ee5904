from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from kaimedia.media.local import LocalStorage
from kaimedia.web.static_media import MediaFiles
from tests.unit.web.static_media import Client


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "media")


async def _other(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"other {request.url.path}", 200)


@pytest.fixture
def inner() -> Starlette:
    methods = ["GET", "POST", "PUT", "DELETE"]
    return Starlette(routes=[Route("/{path:path}", _other, methods=methods)])


@pytest.fixture
def client(inner: Starlette, storage: LocalStorage) -> Client:
    return Client(MediaFiles(inner, lambda: storage))
