"""What only a storage in a folder can get wrong."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from kaimedia.domain import Modality
from kaimedia.errors import ResultExpired, StorageFull, StorageUnavailable
from kaimedia.media import names
from kaimedia.media.local import LocalStorage
from tests.stored import AT, put


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
    assert local.facts(name) is None and local.files() == {} and local.missing([name]) == {name}
    with pytest.raises(ResultExpired):
        local.open(name)
    with pytest.raises(ResultExpired), local.local_copy(name):
        pass
    local.delete([name])
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
    assert not local.facts(name) and local.sweep(-1) == 1


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


@pytest.mark.parametrize("code", [errno.EACCES, errno.EIO, errno.ESTALE])
def test_a_folder_that_cannot_be_read_is_not_one_without_the_file(
    local: LocalStorage, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refused(*_args: object, **_options: object) -> None:
        raise OSError(code, os.strerror(code))

    name = put(local)
    for place in ("os.open", "os.scandir", "os.lstat"):
        monkeypatch.setattr(place, refused)
    for use in (
        lambda: local.facts(name),
        lambda: local.missing([name]),
        lambda: local.open(name),
        lambda: local.local_copy(name).__enter__(),
        local.files,
    ):
        with pytest.raises(StorageUnavailable, match="cannot be read") as caught:
            use()
        assert caught.value.retryable and caught.value.http_status == 503


def test_free_space_is_unknown_where_the_disk_does_not_say(
    local: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_args: object) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(shutil, "disk_usage", refused)
    assert local.free_bytes() is None
    with pytest.raises(StorageFull):
        local.free_temp_bytes()
