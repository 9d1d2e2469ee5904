"""Puts files into a storage and requests them as `MediaFiles` serves them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import httpx
from starlette.types import ASGIApp

from kaimedia.domain import Modality
from kaimedia.media import names
from kaimedia.media.local import LocalStorage

AT = datetime(2026, 11, 22, tzinfo=UTC)
BODY = bytes(range(256)) * 1000
PREFIXES = ["/static/media/", "/app/static/media/"]
GUARDS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
}


HeaderTypes = dict[str, str] | list[tuple[str, str]] | list[tuple[bytes, bytes]]


class Client:
    """A client of an ASGI application in this process."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def request(self, method: str, path: str, headers: HeaderTypes | None = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, path, headers=headers)

        return asyncio.run(ask())

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.request("GET", path, headers)


def put(storage: LocalStorage, data: bytes = BODY, modality: Modality = Modality.VIDEO, ext: str = "mp4") -> str:
    name = names.new_name(modality, AT, ext)
    temp = storage.new_temp()
    temp.write_bytes(data)
    storage.put(temp, name)
    return name
