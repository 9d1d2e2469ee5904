"""The contract of the storage interface, tested on every implementation."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse

from kaimedia.domain import Modality
from kaimedia.errors import ResultExpired, UnsafePath
from kaimedia.media import names
from kaimedia.media.local import LocalStorage
from kaimedia.media.storage import Storage
from kaimedia.web.static_media import MediaFiles
from tests.storages import EVERY_STORAGE, remote_place
from tests.stored import AT, put
from tests.unit.web.static_media import PREFIXES, Client

FOREIGN = ["../x.png", ".incoming", "", "a.png", "image_20261122T000000Z_00.png", "x\x00.png", "/etc/passwd"]


@pytest.fixture(params=EVERY_STORAGE)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    folder = tmp_path / "deep" / "media"
    if request.param == "folder":
        return LocalStorage(folder)
    return remote_place(request, request.param).storage(folder)


def read(storage: Storage, name: str) -> bytes:
    with storage.open(name) as file:
        return file.read()


def test_what_is_put_is_there(storage: Storage) -> None:
    assert storage.files() == {}
    name, empty = put(storage), put(storage, b"", "webm", modality=Modality.VIDEO)
    facts = storage.facts(name)
    assert facts is not None and facts.size_bytes == 5 and facts.etag.startswith('"') and facts.etag.endswith('"')
    assert abs((datetime.now(UTC) - facts.modified_at).total_seconds()) < 60
    assert read(storage, name) == b"bytes" and read(storage, empty) == b""
    with storage.local_copy(name) as path:
        assert path.read_bytes() == b"bytes"
    found = storage.files()
    assert {each: facts.size_bytes for each, facts in found.items()} == {name: 5, empty: 0}
    assert found[name].etag == facts.etag


@pytest.mark.parametrize("size_bytes", [1_000_000, 17_000_000])  # the second is more than one request in a bucket
def test_reading_a_part(storage: Storage, size_bytes: int) -> None:
    data = os.urandom(size_bytes)
    name = put(storage, data)
    assert read(storage, name) == data
    for start, end in ((5, 20), (size_bytes - 10, None), (size_bytes - 10, size_bytes), (0, 7)):
        with storage.open(name, start, end) as file:
            wanted = data[start:end]
            assert file.read(len(wanted)) == wanted
    with storage.open(name, 3) as file:
        pieces = [file.read(100_000) for _ in range(3)]
    assert b"".join(pieces) == data[3:300_003]


def test_what_is_deleted_is_gone_and_may_be_deleted_again(storage: Storage) -> None:
    name, other, kept = put(storage), put(storage), put(storage)
    assert storage.missing([name, other, kept]) == set()
    storage.delete([])
    storage.delete([name, other])
    storage.delete([name])
    assert storage.facts(name) is None and storage.missing([name, other, kept]) == {name, other}
    with pytest.raises(ResultExpired):
        storage.open(name)
    with pytest.raises(ResultExpired), storage.local_copy(name):
        pass
    assert list(storage.files()) == [kept]


def test_many_names_at_once(storage: Storage) -> None:
    """Neighbors in time, of both types, and some far away."""
    times = [AT + timedelta(seconds=number) for number in range(8)] + [AT + timedelta(days=900)]
    stored = [put(storage, at=at, ext=ext, modality=kind) for at in times for kind, ext in KINDS]
    absent = [names.new_name(kind, at, ext) for at in times for kind, ext in KINDS]
    assert storage.missing([*stored, *absent]) == set(absent)
    assert storage.missing([]) == set()


KINDS = [(Modality.IMAGE, "png"), (Modality.VIDEO, "mp4")]


def test_the_same_name_again_has_the_new_bytes(storage: Storage) -> None:
    """A try whose row was lost in a crash is repeated; the row then has the hash of the second file."""
    assert put(storage, b"first", key="task") == put(storage, b"first", key="task")
    name = put(storage, b"second", key="task")
    assert read(storage, name) == b"second" and list(storage.files()) == [name]


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_names_are_refused_everywhere(storage: Storage, name: str) -> None:
    temp = storage.new_temp()
    for use in (
        lambda: storage.facts(name),
        lambda: storage.missing([name]),
        lambda: storage.open(name),
        lambda: storage.local_copy(name).__enter__(),
        lambda: storage.delete([name]),
        lambda: storage.put(temp, name),
    ):
        with pytest.raises(UnsafePath):
            use()
    assert temp.exists() and storage.files() == {}


def test_temporary_files_are_apart_and_swept_when_old(storage: Storage) -> None:
    old, fresh = storage.new_temp(".webp"), storage.new_temp(".webp")
    name = put(storage)
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    assert storage.sweep(3600) == 1
    assert not old.exists() and fresh.exists() and not names.is_ours(fresh.name)
    assert list(storage.files()) == [name]
    assert storage.sweep(-1) == 1 and list(storage.files()) == [name]


def test_a_local_copy_leaves_nothing(storage: Storage) -> None:
    name = put(storage)
    with storage.local_copy(name) as path:
        assert path.is_file()
    assert storage.sweep(-1) == 0 and read(storage, name) == b"bytes"


def test_a_suffix_cannot_lead_elsewhere(storage: Storage) -> None:
    with pytest.raises(ValueError, match="suffix"):
        storage.new_temp("/../x")


def test_many_writers_at_once(storage: Storage) -> None:
    put_names: list[str] = []
    threads = [threading.Thread(target=lambda: put_names.append(put(storage, b"x" * 10_000))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(storage.files()) == sorted(put_names) and len(put_names) == 16


def test_free_space(storage: Storage) -> None:
    storage.check_ready()
    storage.check_writable()
    free_bytes = storage.free_temp_bytes()
    assert free_bytes > 0 and not storage.has_space(free_bytes * 2)
    assert storage.has_space(1) or free_bytes < 2 * 1024**3
    known = storage.free_bytes()
    assert known is None or known > 0


def test_the_probe_leaves_nothing(storage: Storage) -> None:
    storage.check_writable()
    assert storage.sweep(-1) == 0 and storage.files() == {}


def test_files_are_served_with_ranges_and_conditions(storage: Storage) -> None:
    data = os.urandom(1_500_000)
    url = PREFIXES[0] + put(storage, data)
    client = Client(MediaFiles(PlainTextResponse("other"), lambda: storage))
    whole = client.get(url)
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, data, "image/png")
    for wanted, part in (("2-4", data[2:5]), ("1400000-", data[1_400_000:]), ("-7", data[-7:])):
        got = client.get(url, headers={"Range": f"bytes={wanted}", "If-Range": whole.headers["etag"]})
        assert (got.status_code, got.content) == (206, part)
    several = client.get(url, headers={"Range": "bytes=0-9,1000000-1000009"})
    assert several.status_code == 206 and several.headers["content-type"].startswith("multipart/byteranges")
    assert data[:10] in several.content and data[1_000_000:1_000_010] in several.content
    assert client.get(url, headers={"Range": "bytes=0-1", "If-Range": '"other"'}).content == data
    assert client.get(url, headers={"Range": "bytes=1500000-"}).status_code == 416
    assert client.get(url, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    assert client.request("HEAD", url).headers["content-length"] == "1500000"
