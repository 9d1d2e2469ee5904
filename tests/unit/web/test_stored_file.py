"""Responses with a stored file: several ranges, and what happens while the storage is down."""

from __future__ import annotations

import asyncio
import re
import threading

import httpx
import pytest
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse

from kaimedia.errors import ResultExpired, StorageUnavailable
from kaimedia.media.local import LocalStorage
from kaimedia.web import byte_ranges, storage_threads
from kaimedia.web.static_media import MediaFiles
from tests.unit.web.static_media import BODY, PREFIXES, Client, put


@pytest.mark.parametrize(
    ("requested", "parts"),
    [
        ("0-9,100-109", [(0, 10), (100, 110)]),
        ("100-109,0-9,50-50", [(0, 10), (50, 51), (100, 110)]),
        ("-10,0-0", [(0, 1), (255_990, 256_000)]),
        ("0-9,5-20,21-22,999999-", [(0, 23)]),
    ],
)
def test_several_ranges(client: Client, storage: LocalStorage, requested: str, parts: list[tuple[int, int]]) -> None:
    got = client.get(PREFIXES[0] + put(storage), headers={"Range": f"bytes={requested}"})
    assert got.status_code == 206 and int(got.headers["content-length"]) == len(got.content)
    if len(parts) == 1:
        assert got.content == BODY[slice(*parts[0])] and got.headers["content-range"] == "bytes 0-22/256000"
        return
    boundary = re.fullmatch("multipart/byteranges; boundary=([0-9a-f]+)", got.headers["content-type"])
    assert boundary is not None
    first, *found, end = got.content.split(b"--" + boundary[1].encode())
    assert (first, end) == (b"", b"--\r\n") and len(found) == len(parts)
    for piece, (start, stop) in zip(found, parts, strict=True):
        head, _, content = piece.partition(b"\r\n\r\n")
        assert content == BODY[start:stop] + b"\r\n"
        assert f"Content-Range: bytes {start}-{stop - 1}/256000".encode() in head and b"video/mp4" in head


def test_an_empty_file(client: Client, storage: LocalStorage) -> None:
    url = PREFIXES[0] + put(storage, b"")
    assert (client.get(url).status_code, client.get(url).content) == (200, b"")
    assert client.get(url, headers={"Range": "bytes=0-"}).status_code == 416


def test_too_many_ranges_get_the_whole_file() -> None:
    some = ",".join(f"{at}-{at}" for at in range(0, 400, 4))
    assert len(byte_ranges.requested([f"bytes={some}"], 1000) or ()) == byte_ranges.MOST_RANGES
    assert byte_ranges.requested([f"bytes={some},999-999"], 1000) is None


@pytest.mark.parametrize("method", ["facts", "open"])
@pytest.mark.parametrize(("error", "status"), [(StorageUnavailable("Down."), 503), (ResultExpired("Gone."), 404)])
def test_a_storage_that_does_not_respond(
    client: Client,
    storage: LocalStorage,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    error: Exception,
    status: int,
) -> None:
    def refuse(*_: object) -> None:
        if method == "facts" and status == 404:
            return None
        raise error

    url = PREFIXES[0] + put(storage)
    monkeypatch.setattr(storage, method, refuse)
    got = client.get(url)
    assert (got.status_code, got.headers["cache-control"]) == (status, "no-store")


def test_a_storage_that_hangs_leaves_threads_for_the_rest(
    storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More requests than all threads together wait for the storage; another part of the app still gets one."""
    url, is_well, facts = PREFIXES[0] + put(storage), threading.Event(), storage.facts
    begun: list[str] = []

    def hang(name: str) -> object:
        begun.append(name)
        is_well.wait(60)
        return facts(name)

    monkeypatch.setattr(storage, "facts", hang)
    app = MediaFiles(PlainTextResponse("other"), lambda: storage)

    async def ask() -> list[int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
            waiting = [asyncio.create_task(client.get(url)) for _ in range(3 * storage_threads.MOST_THREADS)]
            while len(begun) < storage_threads.MOST_THREADS:
                await asyncio.sleep(0.01)
            try:
                assert await asyncio.wait_for(run_in_threadpool(len, begun), 10) == storage_threads.MOST_THREADS
            finally:
                is_well.set()
            return [each.status_code for each in await asyncio.gather(*waiting)]

    assert set(asyncio.run(ask())) == {200}
