"""What only a bucket can get wrong: faults on the way to it, requests it costs, and what crashes leave in it."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

import obstore
import pytest

from kaimedia.domain import Modality
from kaimedia.errors import ConfigError, ResultExpired, StorageUnavailable
from kaimedia.media import names, s3_clients, s3_resend
from kaimedia.media.open_storage import open_storage
from kaimedia.media.storage import Storage
from tests.faulty_proxy import Fault
from tests.s3 import KEY, SECRET, Bucket
from tests.stored import AT, put

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("s3")]


@pytest.fixture
def storage(bucket: Bucket, tmp_path: Path) -> Storage:
    return bucket.storage(tmp_path)


def uses_of(storage: Storage, name: str, temp: Path) -> list[Callable[[], object]]:
    return [
        lambda: storage.facts(name),
        lambda: storage.missing([name]),
        lambda: storage.missing([names.new_name(Modality.IMAGE, AT, "png") for _ in range(9)]),
        lambda: storage.open(name),
        lambda: storage.local_copy(name).__enter__(),
        lambda: storage.put(temp, name),
        lambda: storage.delete([name]),
        lambda: storage.sweep(3600),
        storage.files,
        storage.check_responds,
        storage.check_ready,
        storage.check_writable,
    ]


def check_unavailable(storage: Storage, name: str, reason: str) -> None:
    """Every use says that the storage is down, without secrets, and keeps the temporary file."""
    temp = storage.new_temp()
    temp.write_bytes(b"paid")
    for use in uses_of(storage, name, temp):
        with pytest.raises(StorageUnavailable, match="bucket") as caught:
            use()
        shown = f"{caught.value} {caught.value.next_step}"
        assert caught.value.retryable and "AWS_" in shown and KEY not in shown and SECRET not in shown
    assert temp.read_bytes() == b"paid"
    with pytest.raises(StorageUnavailable, match=reason):
        storage.check_writable()


def test_a_wrong_key(bucket: Bucket, storage: Storage, tmp_path: Path) -> None:
    name = put(storage)
    check_unavailable(bucket.storage(tmp_path, AWS_SECRET_ACCESS_KEY="wrong"), name, "refuses the key")


def test_a_bucket_that_is_gone_is_not_one_without_the_file(bucket: Bucket, tmp_path: Path) -> None:
    gone = open_storage("s3://no-such-bucket/media", tmp_path, bucket.options)
    name, temp = names.new_name(Modality.IMAGE, AT, "png"), gone.new_temp()
    # Writing would create it in SeaweedFS.
    for use in (use for at, use in enumerate(uses_of(gone, name, temp)) if at not in (5, 6, 11)):
        with pytest.raises(StorageUnavailable, match="There is no bucket “no-such-bucket”"):
            use()


@pytest.mark.parametrize(
    ("status", "reason"), [(403, "refuses the key"), (404, "There is no bucket “media”"), (400, "as expected")]
)
def test_a_server_that_refuses(bucket: Bucket, storage: Storage, status: int, reason: str) -> None:
    name = put(storage)
    bucket.proxy.always(Fault(status=status))
    check_unavailable(storage, name, reason)
    bucket.proxy.well()
    assert storage.facts(name)


def test_a_server_that_is_not_there(bucket: Bucket, tmp_path: Path) -> None:
    storage = bucket.storage(tmp_path, AWS_ENDPOINT_URL="http://127.0.0.1:9")
    for use in (lambda: storage.facts(names.new_name(Modality.IMAGE, AT, "png")), storage.check_ready):
        with pytest.raises(StorageUnavailable, match="does not respond"):
            use()


def test_a_server_that_hangs(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_clients, "READ_TIMEOUT_S", 1.0)
    monkeypatch.setattr(s3_clients, "RETRY_S", 3.0)
    storage = bucket.storage(tmp_path)
    name = put(storage)
    bucket.proxy.always(Fault(hang=True))
    with pytest.raises(StorageUnavailable, match="does not respond"):
        storage.facts(name)
    bucket.proxy.well()
    assert storage.facts(name)


def test_a_server_that_hangs_in_an_upload_is_waited_for_once(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_clients, "upload_timeout_s", lambda size_bytes: 1.0)
    monkeypatch.setattr(s3_resend, "RESEND_S", 0.5)
    storage = bucket.storage(tmp_path)
    temp = storage.new_temp(".png")
    temp.write_bytes(b"paid")
    bucket.proxy.always(Fault(hang=True))
    with pytest.raises(StorageUnavailable, match="does not respond"):
        storage.put(temp, names.new_name(Modality.IMAGE, AT, "png"))
    assert [method for method, _ in bucket.proxy.requests] == ["PUT"] and temp.read_bytes() == b"paid"


@pytest.mark.parametrize("fault", [Fault(status=503), Fault(cut_after_bytes=0), Fault(reset=True)])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "POST"])
def test_one_failed_request_is_repeated(bucket: Bucket, storage: Storage, fault: Fault, method: str) -> None:
    name = put(storage)
    bucket.proxy.once(fault, method)
    assert storage.facts(name)
    with storage.open(name) as file:
        assert file.read() == b"bytes"
    put(storage)
    storage.delete([name])
    assert storage.facts(name) is None
    assert method in {sent for sent, _ in bucket.proxy.requests}


def test_a_connection_reset_in_a_large_upload_is_overcome(bucket: Bucket, storage: Storage) -> None:
    """Begin, each part and the end: every first request's connection is reset."""
    data, seen = os.urandom(11 * 1024**2), set[tuple[str, str]]()

    def fault_of(method: str, path: str) -> Fault | None:
        request = method, re.sub("uploadId=[^&]+", "", path)
        is_first = request not in seen
        seen.add(request)
        return Fault(reset=True) if is_first else None

    bucket.proxy.fault_of = fault_of
    name = put(storage, data, ext="mp4", modality=Modality.VIDEO)
    with storage.open(name) as file:
        assert file.read() == data
    assert len(seen) > 5


def test_a_response_that_breaks_off_is_continued(bucket: Bucket, storage: Storage) -> None:
    data = os.urandom(5_000_000)
    name = put(storage, data)
    for cut in (1, 1_300_000, 4_999_999):
        bucket.proxy.once(Fault(cut_after_bytes=cut), "GET")
        with storage.open(name) as file:
            assert file.read() == data
        bucket.proxy.once(Fault(cut_after_bytes=cut), "GET")
        with storage.open(name, 5, 4_999_999 - 5) as file:
            assert file.read(4_999_999 - 10) == data[5 : 4_999_999 - 5]


def test_a_response_that_always_breaks_off_is_an_error(bucket: Bucket, storage: Storage) -> None:
    name = put(storage, os.urandom(3_000_000))
    bucket.proxy.always(Fault(cut_after_bytes=100))
    with pytest.raises(StorageUnavailable), storage.open(name) as file:
        file.read()


@pytest.mark.parametrize("size_bytes", [1_000_000, 17_000_000])
def test_bytes_that_change_on_the_way_are_refused(bucket: Bucket, storage: Storage, size_bytes: int) -> None:
    temp = storage.new_temp()
    data = os.urandom(size_bytes)
    temp.write_bytes(data)
    name = names.new_name(Modality.IMAGE, AT, "png")
    bucket.proxy.always(Fault(is_body_changed=True))
    with pytest.raises(StorageUnavailable):
        storage.put(temp, name)
    bucket.proxy.well()
    assert storage.facts(name) is None and temp.exists()
    storage.put(temp, name)
    with storage.open(name) as file:
        assert file.read() == data


def test_an_upload_whose_reply_is_lost_is_not_lost(bucket: Bucket, storage: Storage) -> None:
    bucket.proxy.once(Fault(reply_lost=True), "PUT")
    name = put(storage, b"paid", key="task")
    with storage.open(name) as file:
        assert file.read() == b"paid"


def test_an_upload_that_breaks_off_leaves_no_half_object(bucket: Bucket, storage: Storage) -> None:
    temp = storage.new_temp()
    temp.write_bytes(os.urandom(40_000_000))
    name = names.new_name(Modality.VIDEO, AT, "mp4")
    parts = iter(range(100))
    bucket.proxy.fault_of = lambda method, path: Fault(status=400) if "partNumber" in path and next(parts) > 1 else None
    with pytest.raises(StorageUnavailable):
        storage.put(temp, name)
    bucket.proxy.well()
    method, path = bucket.proxy.requests[-1]
    assert method == "DELETE" and "uploadId=" in path, "the parts sent so far are deleted"
    assert storage.files() == {} and storage.facts(name) is None and temp.exists()
    storage.put(temp, name)
    facts = storage.facts(name)
    assert facts is not None and facts.size_bytes == 40_000_000


def test_a_large_file_is_sent_in_small_parts_one_after_the_other(bucket: Bucket, storage: Storage) -> None:
    """On a slow uplink, several large ones at once would each take longer than a request may."""
    sent, is_second_sent = set[str](), threading.Event()

    def fault_of(method: str, path: str) -> None:
        if number := re.search(r"partNumber=(\d+)", path):
            sent.add(number[1])
            if number[1] == "1":
                assert not is_second_sent.wait(1)
            else:
                is_second_sent.set()

    bucket.proxy.fault_of = fault_of
    data = os.urandom(11 * 1024**2)
    name = put(storage, data, ext="mp4", modality=Modality.VIDEO)
    assert sent == {"1", "2", "3"}
    with storage.open(name) as file:
        assert file.read() == data


def test_a_check_counts_for_a_while(bucket: Bucket, storage: Storage) -> None:
    storage.check_ready()
    bucket.proxy.requests.clear()
    bucket.proxy.always(Fault(status=403))
    storage.check_ready(max_age_s=600)
    storage.check_responds(max_age_s=600)
    assert bucket.proxy.requests == []
    for max_age_s in (0, 600):
        with pytest.raises(StorageUnavailable, match="refuses the key"):
            storage.check_responds(max_age_s)


def test_after_a_failed_upload_the_bucket_must_take_files_again(bucket: Bucket, storage: Storage) -> None:
    """A key that may only read passes every other check, and each result would be fetched in vain."""
    storage.check_ready()
    temp = storage.new_temp()
    temp.write_bytes(b"paid")
    name = names.new_name(Modality.IMAGE, AT, "png")
    bucket.proxy.fault_of = lambda method, path: Fault(status=403) if method == "PUT" else None
    with pytest.raises(StorageUnavailable):
        storage.put(temp, name)
    with pytest.raises(StorageUnavailable, match="refuses the key"):
        storage.check_responds(max_age_s=600)
    bucket.proxy.well()
    storage.check_responds()
    storage.put(temp, name)
    assert set(storage.files()) == {name}


def test_files_that_must_not_be_deleted_are_not_reported_as_deleted(bucket: Bucket, storage: Storage) -> None:
    stored = [put(storage) for _ in range(3)]
    bucket.proxy.fault_of = lambda method, path: Fault(status=403) if method in ("POST", "DELETE") else None
    with pytest.raises(StorageUnavailable, match="refuses the key"):
        storage.delete(stored)
    assert storage.missing(stored) == set()


def test_what_a_crash_left_is_swept(bucket: Bucket, storage: Storage) -> None:
    name = put(storage)
    obstore.put(bucket.store(), ".probe/left", b"")
    obstore.put(bucket.store(), "deeper/kept.txt", b"somebody else's")
    assert list(storage.files()) == [name]
    assert storage.sweep(3600) == 0 and storage.sweep(-1) == 1
    assert {meta["path"] for page in obstore.list(bucket.store()) for meta in page} == {name, "deeper/kept.txt"}


def test_the_object_has_its_type(bucket: Bucket, storage: Storage) -> None:
    name = put(storage, ext="mp4", modality=Modality.VIDEO)
    assert obstore.get(bucket.store(), name).attributes["Content-Type"] == "video/mp4"


def test_a_server_without_conditional_requests(bucket: Bucket, tmp_path: Path) -> None:
    storage = bucket.storage(tmp_path, AWS_CONDITIONAL_PUT="disabled")
    assert put(storage, b"a", key="task") == put(storage, b"b", key="task")


def test_a_file_that_disappears_between_two_requests(bucket: Bucket, storage: Storage) -> None:
    name = put(storage)
    obstore.delete(bucket.store(), name)
    with pytest.raises(ResultExpired):
        storage.open(name)


@pytest.mark.parametrize(
    "url", ["gs://bucket", "s3://", "s3://bucket/../other", "s3://Bucket", "s3://a b/c", "ftp://x"]
)
def test_addresses_that_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        open_storage(url, tmp_path, {})
    assert caught.value.setting == "KAIMEDIA_MEDIA_URL"
