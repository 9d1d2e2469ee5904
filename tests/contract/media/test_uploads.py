"""Uploads of two processes that share a bucket: owner, expiry and deletion are the same at both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import obstore
import pytest

from kaimedia.errors import NotFound, StorageFull, StorageUnavailable, UnsupportedMedia
from kaimedia.media.storage import FileFacts
from kaimedia.media.uploads import RETENTION, Upload, UploadFolder
from tests.faulty_proxy import Fault
from tests.s3 import Bucket
from tests.unit.media.samples import encoded

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("s3")]

ADA, BOB = "token:ada", "token:bob"


class Process:
    """The uploads of one process, with a disk of its own. `ages` says how much older objects are, by their names."""

    def __init__(self, bucket: Bucket, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        stored = bucket.storage(folder).uploads
        assert stored is not None
        self.ages: Callable[[str], timedelta] = lambda name: timedelta()
        self.folder = folder / "uploads"
        self.uploads = UploadFolder(self.folder, stored)
        listed = stored.files

        def files() -> dict[str, FileFacts]:
            return {
                name: replace(facts, modified_at=facts.modified_at - self.ages(name))
                for name, facts in listed().items()
            }

        monkeypatch.setattr(stored, "files", files)

    def save(self, data: bytes, owner: str = ADA) -> Upload:
        incoming = self.uploads.begin()
        try:
            incoming.write(data)
            return self.uploads.save(incoming, owner)
        finally:
            incoming.discard()

    def kept(self) -> list[bytes]:
        return [path.read_bytes() for path in self.folder.rglob("*") if path.is_file()]


@pytest.fixture
def both(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Process, Process]:
    return Process(bucket, tmp_path / "one", monkeypatch), Process(bucket, tmp_path / "two", monkeypatch)


def objects(bucket: Bucket) -> set[str]:
    return {meta["path"] for page in obstore.list(bucket.store()) for meta in page}


def test_an_upload_is_known_to_the_other_process(both: tuple[Process, Process], bucket: Bucket) -> None:
    one, two = both
    data = encoded()
    upload = one.save(data)
    assert len(objects(bucket)) == 1 and two.kept() == []
    for process in (two, one, two):
        assert process.uploads.path(upload.upload_id, ADA).read_bytes() == data
    assert one.kept() == two.kept() == [data] and two.uploads.path(upload.upload_id, ADA).stat().st_mode & 0o077 == 0
    assert all(name.startswith("uploads/") for name in objects(bucket))


def test_only_its_owner_can_use_or_delete_it(both: tuple[Process, Process], bucket: Bucket) -> None:
    one, two = both
    upload = one.save(encoded())
    before = objects(bucket)
    for process in both:
        for upload_id in (upload.upload_id, "0" * 32, "../x", "*"):
            with pytest.raises(NotFound):
                process.uploads.path(upload_id, BOB)
            with pytest.raises(NotFound):
                process.uploads.remove(upload_id, BOB)
    assert objects(bucket) == before and two.kept() == []


def test_what_one_process_deletes_is_gone_at_both(both: tuple[Process, Process], bucket: Bucket) -> None:
    one, two = both
    upload = one.save(encoded())
    two.uploads.path(upload.upload_id, ADA)
    two.uploads.remove(upload.upload_id, ADA)
    assert objects(bucket) == set()
    for process in both:
        with pytest.raises(NotFound):
            process.uploads.path(upload.upload_id, ADA)


def test_every_use_adds_a_day_at_both(both: tuple[Process, Process], bucket: Bucket) -> None:
    one, two = both
    used, unused = one.save(encoded()), one.save(encoded())
    two.uploads.path(used.upload_id, ADA)
    for process in both:  # later than a day after the upload, but not after the use
        process.ages = lambda name: timedelta() if name.endswith(".used") else RETENTION + timedelta(minutes=1)
        process.uploads.path(used.upload_id, ADA)
        with pytest.raises(NotFound):
            process.uploads.path(unused.upload_id, ADA)
    assert two.uploads.sweep() == 1
    assert {name.split("/")[1][:32] for name in objects(bucket)} == {used.upload_id}
    one.ages = lambda name: RETENTION + timedelta(minutes=1)
    assert one.uploads.sweep() == 2 and objects(bucket) == set()


def test_the_limit_counts_those_of_all_processes(
    both: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = both
    size_bytes = one.save(encoded()).size_bytes
    monkeypatch.setattr("kaimedia.media.uploads.MOST_BYTES_OF_ALL", size_bytes)
    two.save(encoded())
    with pytest.raises(StorageFull, match="limit"):
        two.save(encoded())


def test_without_the_bucket_nothing_is_taken_and_nothing_reported_missing(
    both: tuple[Process, Process], bucket: Bucket
) -> None:
    one, two = both
    upload = one.save(encoded())
    with pytest.raises(UnsupportedMedia):
        one.save(b"neither image nor video")
    bucket.proxy.always(Fault(status=403))
    for process in both:
        with pytest.raises(StorageUnavailable):
            process.uploads.path(upload.upload_id, ADA)
        with pytest.raises(StorageUnavailable):
            process.save(encoded())
    bucket.proxy.well()
    assert two.uploads.path(upload.upload_id, ADA).read_bytes() == one.kept()[0]
    assert len(objects(bucket)) == 2 and len(one.kept()) == len(two.kept()) == 1
