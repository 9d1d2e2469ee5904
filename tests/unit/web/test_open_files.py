from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from starlette.applications import Starlette

from kaimedia import entry
from kaimedia.domain import Modality
from kaimedia.errors import ConfigError
from kaimedia.media.local import LocalStorage
from kaimedia.media.storage import ReadableFiles
from kaimedia.security.access import LOCAL, LOGIN, OPEN
from kaimedia.web import open_files, storage_threads
from kaimedia.web.static_media import MediaFiles
from tests.unit.web.static_media import BODY, put

PART = {"Range": "bytes=1000-65000"}


class Visits:
    """Requests in one event loop, and how many of them were answered on a thread."""

    def __init__(self, app: MediaFiles, monkeypatch: pytest.MonkeyPatch) -> None:
        self._app = app
        self.threads = 0
        run = storage_threads.run

        async def counted(*call: object) -> object:
            self.threads += 1
            return await run(*call)  # type: ignore[arg-type]

        monkeypatch.setattr(storage_threads, "run", counted)

    async def get(self, name: str, **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(f"/static/media/{name}", headers=headers)


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    found = LocalStorage(tmp_path / "media")
    probe = found.new_temp()
    probe.write_bytes(b"x")
    with probe.open("rb") as file:
        try:
            os.preadv(file.fileno(), [bytearray(1)], 0, os.RWF_NOWAIT)
        except (AttributeError, OSError):
            pytest.skip("this system has no reads that never wait")
    return found


@pytest.fixture
def visits(inner: Starlette, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch) -> Visits:
    return Visits(MediaFiles(inner, lambda: storage, are_open_to_all=lambda: True), monkeypatch)


def test_the_second_range_takes_no_thread(visits: Visits, storage: LocalStorage) -> None:
    name = put(storage)

    async def check() -> None:
        first = await visits.get(name, **PART)
        for start, end in ((0, 9), (100_000, 165_535), (len(BODY) - 5, len(BODY) - 1)):
            found = await visits.get(name, Range=f"bytes={start}-{end}")
            assert (found.status_code, found.content) == (206, BODY[start : end + 1])
            assert found.headers["content-range"] == f"bytes {start}-{end}/{len(BODY)}"
            assert {**found.headers, "content-length": "", "content-range": ""} == {
                **first.headers,
                "content-length": "",
                "content-range": "",
            }
        assert (await visits.get(name)).content == BODY
        assert (await visits.get(name, **{"If-None-Match": first.headers["etag"]})).status_code == 304
        assert (await visits.get(name, Range=f"bytes={len(BODY)}-")).status_code == 416
        assert visits.threads == 1

    asyncio.run(check())


def test_a_kept_file_is_not_streamed_from_memory_alone(visits: Visits, storage: LocalStorage) -> None:
    """Its later parts could be missing after the head was sent."""
    data = bytes(range(256)) * 12_000
    name = put(storage, data)

    async def check() -> None:
        await visits.get(name, **PART)
        several = await visits.get(name, Range="bytes=0-99,1000000-2900000")
        assert several.status_code == 206 and data[1_000_000:2_900_001] in several.content
        assert visits.threads > 1

    asyncio.run(check())


def test_what_is_only_saved_is_always_named(visits: Visits, storage: LocalStorage) -> None:
    name = put(storage, b"<svg/>", Modality.IMAGE, "svg")

    async def check() -> None:
        sent = [(await visits.get(name)).headers["content-disposition"] for _ in range(2)]
        assert sent[0] == sent[1] and sent[0].startswith("attachment")

    asyncio.run(check())


def test_a_deleted_file_is_gone_at_once(visits: Visits, storage: LocalStorage) -> None:
    name = put(storage)

    async def check() -> None:
        assert (await visits.get(name, **PART)).status_code == 206
        storage.delete([name])
        assert (await visits.get(name, **PART)).status_code == 404

    asyncio.run(check())


def test_a_changed_file_is_read_anew(visits: Visits, storage: LocalStorage) -> None:
    name = put(storage)

    async def check() -> None:
        await visits.get(name, **PART)
        (storage.root / name).write_bytes(b"shorter")
        found = await visits.get(name)
        assert (found.content, found.headers["content-length"]) == (b"shorter", "7")

    asyncio.run(check())


def test_a_file_is_closed_after_a_moment(
    visits: Visits, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_files, "KEEP_S", 0.05)
    name = put(storage)

    async def check() -> None:
        await visits.get(name, **PART)
        assert _open_descriptors(storage.root / name) == 1
        await asyncio.sleep(0.1)
        assert _open_descriptors(storage.root / name) == 0
        await visits.get(name, **PART)
        assert visits.threads == 2

    asyncio.run(check())


def test_only_so_many_files_stay_open(visits: Visits, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_files, "MOST_FILES", 2)
    names = [put(storage) for _ in range(4)]

    async def check() -> None:
        for name in names:
            await visits.get(name, **PART)
        assert [_open_descriptors(storage.root / name) for name in names] == [0, 0, 1, 1]

    asyncio.run(check())


def test_what_is_not_in_memory_is_read_on_a_thread(
    visits: Visits, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = put(storage)

    def waits(*arguments: object) -> int:
        raise BlockingIOError

    async def check() -> None:
        await visits.get(name, **PART)
        monkeypatch.setattr(os, "preadv", waits)
        assert (await visits.get(name, **PART)).content == BODY[1000:65001]
        assert visits.threads == 2

    asyncio.run(check())


def test_a_file_system_without_such_reads(
    visits: Visits, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = put(storage)

    def unsupported(*arguments: object) -> int:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "preadv", unsupported)

    async def check() -> None:
        for _ in range(2):
            assert (await visits.get(name, **PART)).content == BODY[1000:65001]
        assert visits.threads == 2
        assert _open_descriptors(storage.root / name) == 0

    asyncio.run(check())


def test_where_access_is_checked_it_is_checked_for_each_request(
    inner: Starlette, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, answers = put(storage), iter([True, False])
    visits = Visits(MediaFiles(inner, lambda: storage, is_open_to=lambda *_: next(answers)), monkeypatch)

    async def check() -> list[int]:
        return [(await visits.get(name, **PART)).status_code for _ in range(2)]

    assert asyncio.run(check()) == [206, 403]


def test_a_disk_that_hangs_stops_nothing_else(
    inner: Starlette, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kept file's bytes are no longer in memory, and its disk hangs: only requests for it wait."""
    name, hangs, has_started = put(storage), threading.Event(), threading.Event()

    class Hanging:
        def __init__(self) -> None:
            self.is_hanging = False

        def __getattr__(self, name: str) -> object:
            return getattr(storage, name)

        def open(self, name: str, start: int = 0, end: int | None = None) -> object:
            if self.is_hanging:
                has_started.set()
                hangs.wait(10)
            return storage.open(name, start, end)

    files = Hanging()
    served: Iterator[ReadableFiles] = iter(lambda: files, None)  # type: ignore[arg-type]
    visits = Visits(MediaFiles(inner, lambda: next(served), are_open_to_all=lambda: True), monkeypatch)

    def waits(*arguments: object) -> int:
        raise BlockingIOError

    async def check() -> None:
        await visits.get(name, **PART)
        files.is_hanging = True
        monkeypatch.setattr(os, "preadv", waits)
        waiting = asyncio.create_task(visits.get(name, **PART))
        async with asyncio.timeout(5):
            while not has_started.is_set():
                await asyncio.sleep(0.01)
            other = await visits.get("other")
        assert other.status_code == 200 and not waiting.done()
        hangs.set()
        assert (await waiting).status_code == 206

    asyncio.run(check())


def _open_descriptors(file: Path) -> int:
    """How many of this process's descriptors are of that file."""
    found, count = file.stat(), 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the one that lists them
            count += os.path.samestat(descriptor.stat(), found)
    return count


@pytest.mark.parametrize(("mode", "expected"), [(LOCAL, True), (OPEN, True), (LOGIN, False)])
def test_not_where_users_must_sign_in(monkeypatch: pytest.MonkeyPatch, mode: str, expected: bool) -> None:
    monkeypatch.setattr(entry, "access", lambda: SimpleNamespace(mode=mode))
    assert entry.media_is_open_to_all() is expected


def test_not_while_the_settings_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise ConfigError("broken", setting="KAIMEDIA_ACCESS")

    monkeypatch.setattr(entry, "access", fails)
    assert entry.media_is_open_to_all() is False
