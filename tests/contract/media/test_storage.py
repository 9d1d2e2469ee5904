"""The contract of the storage interface, tested on every implementation."""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kaimedia.domain import Modality
from kaimedia.errors import ResultExpired, StorageFull, UnsafePath
from kaimedia.media import names
from kaimedia.media.local import LocalStorage
from kaimedia.media.storage import Storage

AT = datetime(2026, 11, 22, tzinfo=UTC)
FOREIGN = ["../x.png", ".incoming", "", "a.png", "image_20261122T000000Z_00.png", "x\x00.png", "/etc/passwd"]


@pytest.fixture(params=[LocalStorage])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    made: Storage = request.param(tmp_path / "deep" / "media")
    return made


def put(storage: Storage, data: bytes = b"bytes", ext: str = "png") -> str:
    name = names.new_name(Modality.IMAGE, AT, ext)
    temp = storage.new_temp(".part")
    temp.write_bytes(data)
    storage.put(temp, name)
    assert not temp.exists()
    return name


def test_what_is_put_is_there(storage: Storage) -> None:
    assert list(storage.names()) == []
    name = put(storage)
    path = storage.path(name)
    assert path is not None and path.read_bytes() == b"bytes" and storage.exists(name)
    with storage.open(name) as file:
        assert file.read() == b"bytes"
    assert list(storage.names()) == [name]


def test_what_is_deleted_is_gone_and_may_be_deleted_again(storage: Storage) -> None:
    name, other = put(storage), put(storage)
    storage.delete(name)
    storage.delete(name)
    assert storage.path(name) is None and not storage.exists(name)
    with pytest.raises(ResultExpired):
        storage.open(name)
    assert list(storage.names()) == [other]


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_names_are_refused_everywhere(storage: Storage, name: str) -> None:
    temp = storage.new_temp()
    for use in (storage.path, storage.exists, storage.open, storage.delete):
        with pytest.raises(UnsafePath):
            use(name)
    with pytest.raises(UnsafePath):
        storage.put(temp, name)
    assert temp.exists() and list(storage.names()) == []


def test_temporary_files_are_apart_and_swept_when_old(storage: Storage) -> None:
    old, fresh = storage.new_temp(".webp"), storage.new_temp(".webp")
    name = put(storage)
    for path in (old, storage.path(name)):
        assert path is not None
        os.utime(path, (time.time() - 7200, time.time() - 7200))
    assert storage.sweep(3600) == 1
    assert not old.exists() and fresh.exists() and storage.exists(name)
    assert not names.is_ours(fresh.name)
    assert list(storage.names()) == [name]


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
    assert sorted(storage.names()) == sorted(put_names) and len(put_names) == 16


def test_free_space(storage: Storage) -> None:
    storage.check_writable()
    assert storage.free_bytes() > 0
    assert storage.has_space(1) or storage.free_bytes() < 2 * 1024**3
    assert not storage.has_space(storage.free_bytes() * 2)


def test_the_probe_leaves_nothing(storage: Storage) -> None:
    storage.check_writable()
    assert storage.sweep(-1) == 0 and list(storage.names()) == []


# --- what only a folder can get wrong ---------------------------------------------------------------------


@pytest.fixture
def local(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "media")


def test_the_temp_is_hidden_and_on_the_same_disk(local: LocalStorage) -> None:
    temp = local.new_temp()
    assert temp.parent == local.root / ".incoming" and temp.stat().st_dev == local.root.stat().st_dev
    assert temp.stat().st_mode & 0o077 == 0


def test_a_link_in_place_of_a_file_counts_as_missing(local: LocalStorage, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    name = put(local)
    (local.root / name).unlink()
    (local.root / name).symlink_to(tmp_path / "secret")
    assert local.path(name) is None and list(local.names()) == []
    with pytest.raises(ResultExpired):
        local.open(name)
    local.delete(name)
    assert (tmp_path / "secret").read_text() == "secret" and not (local.root / name).is_symlink()


def test_put_replaces_a_link_and_never_writes_through_it(local: LocalStorage, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("untouched")
    name = names.new_name(Modality.IMAGE, AT, "png")
    temp = local.new_temp()
    temp.write_bytes(b"new")
    (local.root / name).symlink_to(target)
    local.put(temp, name)
    assert target.read_text() == "untouched" and (local.root / name).read_bytes() == b"new"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_says_so(local: LocalStorage, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def full(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    temp = local.new_temp()
    monkeypatch.setattr("os.fsync", full)
    name = names.new_name(Modality.IMAGE, AT, "png")
    with pytest.raises(StorageFull, match="full"):
        local.put(temp, name)
    with pytest.raises(StorageFull, match="full"):
        local.check_writable()
    assert not local.exists(name) and local.sweep(-1) == 1


def test_a_nearly_full_disk_takes_no_new_work(local: LocalStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"total": 10**12, "free": 1_000_000_000})
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert not local.has_space()
    with pytest.raises(StorageFull, match="nearly full"):
        local.check_writable()
    usage.free = 3 * 1024**3
    local.check_writable()


@pytest.mark.parametrize("error", [errno.EROFS, errno.EACCES, errno.ENOTDIR])
def test_a_folder_that_cannot_be_written_names_itself_and_the_setting(
    local: LocalStorage, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    def refused(*_args: object, **_options: object) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(Path, "touch", refused)
    with pytest.raises(StorageFull, match="cannot be written") as caught:
        local.check_writable()
    assert str(local.root) in caught.value.message and os.strerror(error) in caught.value.message
    assert "KAIMEDIA_MEDIA_URL" in caught.value.next_step and caught.value.http_status == 507


def test_a_read_only_folder_is_seen_without_writing(local: LocalStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    local.check_ready()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(StorageFull, match="cannot be written"):
        local.check_ready()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    storage = LocalStorage(tmp_path / "file" / "media")
    with pytest.raises(StorageFull, match="cannot be written") as caught:
        storage.check_writable()
    assert "KAIMEDIA_MEDIA_URL" in caught.value.next_step
    with pytest.raises(StorageFull, match="cannot be used"):
        storage.new_temp()


def test_the_folder_is_synced_after_the_rename(local: LocalStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, Path.replace
    monkeypatch.setattr(
        "os.fsync", lambda fd: (steps.append("folder" if Path(f"/proc/self/fd/{fd}").is_dir() else "file"), sync(fd))[1]
    )
    monkeypatch.setattr(Path, "replace", lambda self, target: (steps.append("rename"), replace(self, target))[1])
    put(local)
    if Path("/proc/self/fd").exists():
        assert steps == ["file", "rename", "folder"]
