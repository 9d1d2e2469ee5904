"""The cache of files that are read again: what it keeps, what it deletes, and that it is never in the way."""

from __future__ import annotations

import errno
import os
import time
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest

from kaimedia.errors import ResultExpired
from kaimedia.media import served_files
from kaimedia.media.local import LocalStorage
from kaimedia.media.read_cache import ReadCache
from kaimedia.media.served_files import ServedFiles
from kaimedia.media.storage import FileFacts
from kaimedia.media.temp_folder import TempFolder
from tests.stored import put, put_bytes

DATA = bytes(range(250)) * 400  # 100 KB


class Counted:
    """Files whose reads are counted."""

    def __init__(self, storage: LocalStorage) -> None:
        self.storage = storage
        self.reads: list[tuple[str, str]] = []

    def facts(self, name: str) -> FileFacts | None:
        self.reads.append(("facts", name))
        return self.storage.facts(name)

    def open(self, name: str, start: int = 0, end: int | None = None) -> BinaryIO:
        self.reads.append(("open", name))
        return self.storage.open(name, start, end)

    def signed_link(self, name: str, *, life_s: int, media_type: str, disposition: str | None = None) -> str | None:
        return f"{name} {life_s} {media_type} {disposition}"


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "media")


@pytest.fixture
def counted(storage: LocalStorage) -> Counted:
    return Counted(storage)


@pytest.fixture
def cache(tmp_path: Path) -> ReadCache:
    return ReadCache(tmp_path / "cache", 1_000_000)


def read(files: ServedFiles | Counted, name: str, start: int = 0, end: int | None = None) -> bytes:
    with files.open(name, start, end) as file:
        return file.read()


def copies(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "cache").glob("*.*") if path.is_file()}


def test_a_small_file_is_read_once(storage: LocalStorage, counted: Counted, cache: ReadCache) -> None:
    name = put(storage, DATA)
    files = ServedFiles(counted, cache)
    assert read(files, name) == DATA and counted.reads == [("facts", name), ("open", name)]
    assert [read(files, name), read(files, name, 7), read(files, name, 7, 20)[:13]] == [DATA, DATA[7:], DATA[7:20]]
    assert len(counted.reads) == 2
    assert read(ServedFiles(counted, cache), name) == DATA  # another process, which does not know its size yet
    assert counted.reads[2:] == [("facts", name)]
    assert files.signed_link(name, life_s=9, media_type="image/png") == f"{name} 9 image/png None"


def test_what_is_not_copied(storage: LocalStorage, counted: Counted, cache: ReadCache, tmp_path: Path) -> None:
    """Parts, what is not read to its end, an empty file, and a file too large for the cache."""
    name, empty, large = put(storage, DATA * 2), put(storage, b""), put(storage, bytes(250_001))
    files = ServedFiles(counted, cache)
    assert len(read(files, name, 5)) == 199_995 and read(files, name, 0, 9)[:9] == DATA[:9]
    with files.open(name) as file:
        file.read(10)
    assert read(files, empty) == b"" and len(read(files, large)) == 250_001
    assert copies(tmp_path) == set() and list((tmp_path / "cache").rglob(".part-*")) == []


def test_those_not_read_for_the_longest_time_are_deleted(
    storage: LocalStorage, counted: Counted, cache: ReadCache, tmp_path: Path
) -> None:
    files = ServedFiles(counted, cache)
    names = [put(storage, DATA) for _ in range(9)]
    for age_s, name in enumerate(reversed(names[:8])):
        read(files, name)
        os.utime(tmp_path / "cache" / name, (0, time.time() - 1000 - age_s))
    read(files, names[0])  # it was the oldest
    read(files, names[8])
    for _ in range(3):
        read(files, put(storage, DATA))
        left = copies(tmp_path)
        assert sum((tmp_path / "cache" / name).stat().st_size for name in left) <= 1_000_000
    assert {names[0], names[8]} <= copies(tmp_path) and names[1] not in copies(tmp_path)


def test_a_lower_limit_is_kept_from_the_first_file_on(storage: LocalStorage, counted: Counted, tmp_path: Path) -> None:
    files = ServedFiles(counted, ReadCache(tmp_path / "cache", 1_000_000))
    for _ in range(6):
        read(files, put(storage, DATA))
    read(ServedFiles(counted, ReadCache(tmp_path / "cache", 400_000)), put(storage, DATA))
    assert len(copies(tmp_path)) == 3


def test_a_copy_of_another_size_is_not_used(
    storage: LocalStorage, counted: Counted, cache: ReadCache, tmp_path: Path
) -> None:
    name = put(storage, DATA)
    files = ServedFiles(counted, cache)
    read(files, name)
    (tmp_path / "cache" / name).write_bytes(DATA[:-1])  # a crash
    assert read(files, name) == DATA and (tmp_path / "cache" / name).stat().st_size == len(DATA)


def test_deleted_and_replaced_files(storage: LocalStorage, counted: Counted, cache: ReadCache) -> None:
    name, other = put(storage, DATA), put(storage, DATA)
    files = ServedFiles(counted, cache)
    assert [read(files, name), read(files, other)] == [DATA, DATA]
    put_bytes(storage, name, DATA[::-1])
    storage.delete([other])
    files.forget([name, other])
    assert read(files, name) == DATA[::-1] and files.facts(other) is None
    with pytest.raises(ResultExpired):
        files.open(other)


def test_facts_are_asked_for_again_after_a_while(
    storage: LocalStorage, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, files = put(storage, DATA), ServedFiles(counted, None)
    assert read(files, name) == DATA and files.facts(name) == files.facts(name) == storage.facts(name)
    storage.delete([name])
    assert files.facts(name) is not None
    with pytest.raises(ResultExpired):  # another process deleted it
        files.open(name)
    assert files.facts(name) is None
    monkeypatch.setattr(served_files, "FACTS_FOR_S", -1.0)
    put_bytes(storage, name, DATA)
    before = len(counted.reads)
    assert files.facts(name) == files.facts(name) and len(counted.reads) == before + 2


class FullDisk(BytesIO):
    def write(self, data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


BROKEN = ["a file in place of the folder", "little space", "full while writing", "cannot be renamed"]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_cache_that_cannot_be_used(
    storage: LocalStorage, counted: Counted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    folder, name = tmp_path / "cache", put(storage, DATA)
    files, opened = ServedFiles(counted, ReadCache(folder, 1_000_000)), Path.open
    if broken == BROKEN[0]:
        folder.write_bytes(b"")
    elif broken == BROKEN[1]:
        monkeypatch.setattr(TempFolder, "has_space", lambda self: False)
    elif broken == BROKEN[2]:
        monkeypatch.setattr(Path, "open", lambda path, mode="r": FullDisk() if mode == "wb" else opened(path, mode))
    else:
        (folder / name / "in the way").mkdir(parents=True)
    assert read(files, name) == read(files, name) == DATA and counted.reads.count(("open", name)) == 2
    assert copies(tmp_path) == set() and list(folder.rglob(".part-*")) == []


def test_leftovers_are_swept_when_old(storage: LocalStorage, counted: Counted, tmp_path: Path) -> None:
    cache = ReadCache(tmp_path / "cache", 1_000_000)
    name = put(storage, DATA)
    unread = [cache.recorded(name, len(DATA), BytesIO(DATA)) for _ in range(2)]
    (old, _) = list((tmp_path / "cache").rglob(".part-*"))
    os.utime(old, (0, 0))
    files = ServedFiles(counted, cache)
    assert read(files, name) == DATA
    assert files.sweep(3600) == 1 and not old.exists() and copies(tmp_path) == {name}
    assert ServedFiles(counted, None).sweep(3600) == 0
    for each in unread:
        each.close()
