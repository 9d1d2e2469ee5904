"""A result may be as large as the disk has space for, and an endless one does not fill it."""

from __future__ import annotations

import threading
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kaimedia.domain import Condition, Modality
from kaimedia.errors import FetchFailed, StorageFull, TooLarge
from kaimedia.media import coding, result_saver, size_limits
from kaimedia.media import fetch as fetching
from kaimedia.media.deadline import Deadline
from kaimedia.media.fetch import fetch
from kaimedia.media.local import LocalStorage
from kaimedia.media.result_saver import ResultSaver
from tests.unit.media import samples
from tests.unit.media.fault_server import FaultServer, endless, reply

AT = datetime(2026, 11, 29, tzinfo=UTC)
KIB = 1024


@pytest.fixture(autouse=True)
def _small_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real limits, scaled down by a thousand."""
    monkeypatch.setattr(size_limits, "CHECK_EVERY_BYTES", 16 * KIB)
    monkeypatch.setattr(size_limits, "TRUSTED_BYTES", 64 * KIB)
    monkeypatch.setattr(fetching, "CHUNK_BYTES", 8 * KIB)
    monkeypatch.setattr(coding, "PIECE_BYTES", 8 * KIB)


class Disk:
    """A disk with a few hundred KB, reduced by what is written into `.incoming`."""

    def __init__(self, storage: LocalStorage, capacity_bytes: int) -> None:
        self.capacity_bytes = capacity_bytes
        self.least_free = capacity_bytes
        self._root = storage.root

    def __call__(self) -> int:
        used = sum(path.stat().st_size for path in self._root.rglob("*") if path.is_file())
        self.least_free = min(self.least_free, self.capacity_bytes - used)
        return self.capacity_bytes - used


@pytest.fixture
def disk(storage: LocalStorage, monkeypatch: pytest.MonkeyPatch) -> Disk:
    made = Disk(storage, 1000 * KIB)
    monkeypatch.setattr(storage, "free_temp_bytes", made)
    return made


def make_saver(storage: LocalStorage, server: FaultServer, max_bytes: int = 10_000 * KIB) -> ResultSaver:
    return ResultSaver(storage, trusted_hosts=[server.host], max_bytes=max_bytes, reserve_bytes=100 * KIB)


def padded(size_bytes: int) -> bytes:
    """A complete PNG of this size, with a private chunk."""
    data = samples.encoded()
    filler = bytes(size_bytes - len(data) - 12)
    return data[:33] + len(filler).to_bytes(4, "big") + b"juNk" + filler + bytes(4) + data[33:]


def test_a_result_beyond_any_former_limit_is_saved_while_there_is_room(
    storage: LocalStorage, server: FaultServer, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = padded(800 * KIB)
    saved = make_saver(storage, server).save(server.url("/a", reply(data)), modality=Modality.IMAGE, at=AT)
    assert (saved.size_bytes, saved.condition) == (len(data), Condition.OK)
    assert result_saver.MAX_BYTES >= 64 * 1024**3, "generous: it is there for what never ends"


def test_one_with_no_room_waits_and_is_saved_once_there_is(
    storage: LocalStorage, server: FaultServer, disk: Disk
) -> None:
    saver, url = make_saver(storage, server), server.url("/a", reply(padded(950 * KIB)))

    def save() -> object:
        return saver.save(url, modality=Modality.IMAGE, at=AT, key="task:0")

    with pytest.raises(StorageFull, match="not have enough space"):
        save()
    assert disk.least_free >= 1000 * KIB - 3 * 64 * KIB, "a length that does not fit is believed after a while"
    request_count = len(server.requests)
    with pytest.raises(StorageFull, match="not have enough space"):
        save()
    assert len(server.requests) == request_count, "not fetched in vain again"
    disk.capacity_bytes = 1200 * KIB
    assert save()


@pytest.mark.parametrize("head", [b"", b"Content-Length: 100\r\n", b"Content-Length: 9000000000000\r\n"], ids=str)
def test_a_body_that_never_ends_leaves_the_reserve(
    storage: LocalStorage, server: FaultServer, disk: Disk, head: bytes
) -> None:
    """Also when it is retried; and nothing of it remains."""
    saver = make_saver(storage, server)
    server.scripts["/a"] = endless(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n", bytes(8 * KIB), 0.0, server.stopping)
    for _ in range(3):
        with pytest.raises((StorageFull, FetchFailed)):
            saver.save(server.url("/a"), modality=Modality.VIDEO, at=AT, key="task:0")
    assert disk.least_free >= 100 * KIB - 16 * KIB - 8 * KIB
    assert list(storage.files()) == [] and list((storage.root / ".incoming").iterdir()) == []


def test_an_undeclared_body_without_end_is_read_once(storage: LocalStorage, server: FaultServer, disk: Disk) -> None:
    saver = make_saver(storage, server)
    server.scripts["/a"] = endless(b"HTTP/1.1 200 OK\r\n\r\n", bytes(8 * KIB), 0.0, server.stopping)
    for _ in range(3):
        with pytest.raises(StorageFull):
            saver.save(server.url("/a"), modality=Modality.VIDEO, at=AT, key="task:0")
    assert len(server.requests) == 1


def test_the_setting_ends_what_never_ends(storage: LocalStorage, server: FaultServer, disk: Disk) -> None:
    saver = make_saver(storage, server, max_bytes=300 * KIB)
    server.scripts["/a"] = endless(b"HTTP/1.1 200 OK\r\n\r\n", bytes(8 * KIB), 0.0, server.stopping)
    with pytest.raises(TooLarge, match="KAIMEDIA_RESULT_MAX_GB"):
        saver.save(server.url("/a"), modality=Modality.VIDEO, at=AT)
    assert disk.least_free >= 600 * KIB


def test_a_declared_length_that_is_wrong_loses_nothing(storage: LocalStorage, server: FaultServer, disk: Disk) -> None:
    """The bytes decide: a small file is saved although a thousand gigabytes were declared."""
    saver, data = make_saver(storage, server), samples.encoded()
    url = server.url("/a", reply(data, length=10**12))
    with pytest.raises(FetchFailed) as first:
        saver.save(url, modality=Modality.IMAGE, at=AT, key="task:0")
    saved = saver.save(url, modality=Modality.IMAGE, at=AT, key="task:0", seen_sha256=first.value.sha256)
    assert (saved.size_bytes, saved.condition) == (len(data), Condition.OK)


def test_what_unpacks_without_end_leaves_the_reserve(storage: LocalStorage, server: FaultServer, disk: Disk) -> None:
    packed = zlib.compress(bytes(50_000 * KIB), wbits=31)
    assert len(packed) < 64 * KIB
    url = server.url("/a", reply(packed, headers="Content-Encoding: gzip\r\n"))
    with pytest.raises((StorageFull, TooLarge)):
        make_saver(storage, server).save(url, modality=Modality.VIDEO, at=AT)
    assert disk.least_free >= 100 * KIB - 32 * KIB


def test_a_large_file_may_take_longer_than_the_total_time(server: FaultServer, tmp_path: Path) -> None:
    body = bytes(range(256)) * 40

    def slowly(client: object) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))  # type: ignore[attr-defined]
        for start in range(0, len(body), 1024):
            client.sendall(body[start : start + 1024])  # type: ignore[attr-defined]
            server.stopping.wait(0.08)

    server.scripts["/a"] = slowly

    def get(slowest: float | None) -> int:
        dest = tmp_path / "file"
        found = fetch(
            server.url("/a"),
            dest,
            max_bytes=10**6,
            trusted_hosts=[server.host],
            total_timeout_s=0.3,
            slowest_bytes_per_s=slowest,
        )
        return found.size_bytes

    assert get(slowest=2048) == len(body)
    with pytest.raises(FetchFailed, match="within"):
        get(slowest=10**6)
    with pytest.raises(FetchFailed, match="within"):
        get(slowest=None)


def test_a_deadline_that_was_extended_still_ends() -> None:
    with Deadline(0.05) as deadline:
        deadline.extend(0.2)
        assert not threading.Event().wait(0.1) and not deadline.is_over
        deadline.extend(0.01)
        threading.Event().wait(0.15)
        assert deadline.is_over and deadline.wait(0)
