"""Signed links on every storage that has them: they give the bytes, for a short time, and only as they are."""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.responses import PlainTextResponse

from kaimedia.errors import StorageUnavailable, UnsafePath
from kaimedia.media.local import LocalStorage
from kaimedia.media.open_storage import link_origin, open_storage
from kaimedia.media.storage import Storage
from kaimedia.web.static_media import MediaFiles
from tests.faulty_proxy import Fault
from tests.s3 import SECRET, Bucket
from tests.stored import put
from tests.unit.web.static_media import PREFIXES, Client

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("s3")]


@pytest.fixture
def storage(bucket: Bucket, tmp_path: Path) -> Storage:
    return bucket.storage(tmp_path)


def link_to(storage: Storage, name: str, *, life_s: int = 900, disposition: str | None = None) -> str:
    link = storage.signed_link(name, life_s=life_s, media_type="image/x-test", disposition=disposition)
    assert link is not None and SECRET not in link
    return link


def got(link: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    request = urllib.request.Request(link, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read(), {key.lower(): value for key, value in response.headers.items()}
    except urllib.error.HTTPError as error:
        return error.code, error.read(), {}


def test_a_link_gives_the_bytes_with_our_headers(storage: Storage) -> None:
    name = put(storage, b"0123456789")
    facts = storage.facts(name)
    saved_as = "attachment; filename=\"fox.png\"; filename*=UTF-8''f%C3%BCchse-%E7%8B%90.png"
    status, content, headers = got(link_to(storage, name, disposition=saved_as))
    assert (status, content, headers["content-type"]) == (200, b"0123456789", "image/x-test")
    assert headers["content-disposition"] == saved_as and headers["cache-control"] == "private, max-age=900"
    assert facts is not None and headers["etag"] == facts.etag
    status, content, headers = got(link_to(storage, name), Range="bytes=2-4")
    assert (status, content, headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert "content-disposition" not in headers


def test_a_link_expires(storage: Storage) -> None:
    name = put(storage)
    link = link_to(storage, name, life_s=3)
    assert got(link)[0] == 200
    until = time.monotonic() + 30
    while got(link)[0] == 200:
        assert time.monotonic() < until
        time.sleep(0.2)
    assert got(link)[0] == 403 and got(link_to(storage, name, life_s=3))[0] == 200


@pytest.mark.parametrize(
    ("part", "other"),
    [
        (r"X-Amz-Expires=\d+", "X-Amz-Expires=9000"),
        (r"X-Amz-Date=\w+", "X-Amz-Date=20990101T000000Z"),
        (r"image%2Fx-test", "text%2Fhtml"),
        (r"X-Amz-Signature=\w{4}", "X-Amz-Signature=0000"),
        (r"&X-Amz-Signature=\w+", ""),
    ],
)
def test_a_changed_link_is_refused(storage: Storage, part: str, other: str) -> None:
    link = link_to(storage, put(storage))
    changed = re.sub(part, other, link)
    assert changed != link and got(changed)[0] in (400, 403) and got(link)[0] == 200


def test_a_link_is_good_for_one_file_only(storage: Storage) -> None:
    name, other = put(storage, b"one"), put(storage, b"two")
    link = link_to(storage, name)
    assert got(link.replace(name, other))[0] == 403
    storage.delete([name])
    assert got(link)[0] == 404


def test_what_serving_small_files_costs(bucket: Bucket, tmp_path: Path) -> None:
    """The second time nothing; after a restart one HEAD, since the copy is on this disk."""
    name, data = put(bucket.storage(tmp_path)), b"bytes"
    for expected in (["HEAD", "GET"], ["HEAD"]):
        storage = open_storage(bucket.url, tmp_path, bucket.options, cache_bytes=1_000_000)
        client = Client(MediaFiles(PlainTextResponse("other"), lambda served=storage.served: served))
        bucket.proxy.requests.clear()
        for _ in range(3):
            assert client.get(PREFIXES[0] + name).content == data
        assert client.get(PREFIXES[0] + name, {"Range": "bytes=1-2"}).content == data[1:3]
        assert [method for method, _ in bucket.proxy.requests] == expected
    bucket.proxy.always(Fault(status=503))
    assert client.get(PREFIXES[0] + name).content == data
    bucket.proxy.well()
    storage.delete([name])
    assert client.get(PREFIXES[0] + name).status_code == 404


@pytest.mark.parametrize("name", ["../x.png", "a.png", ".probe/x", "", "references/" + "0" * 64 + ".png"])
def test_no_link_to_what_is_not_ours(storage: Storage, tmp_path: Path, name: str) -> None:
    for each in (storage, LocalStorage(tmp_path / "media")):
        with pytest.raises(UnsafePath):
            each.signed_link(name, life_s=900, media_type="image/png")


def test_where_links_lead(bucket: Bucket, storage: Storage) -> None:
    """Pages may load media from that origin only."""
    link = urlsplit(link_to(storage, put(storage)))
    assert link_origin(bucket.url, bucket.options) == f"{link.scheme}://{link.netloc}" == bucket.proxy.address


def test_a_folder_has_no_links(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "media")
    assert storage.signed_link(put(storage), life_s=900, media_type="image/png") is None
    assert storage.served is storage and storage.inputs is None
    storage.check_links()


def test_the_check_of_links(bucket: Bucket, storage: Storage) -> None:
    """It reads a test object and leaves none; it fails where a browser would."""
    storage.check_links()
    assert storage.files() == {} and list(bucket.store().list()) == []
    bucket.proxy.fault_of = lambda method, path: Fault(status=403) if "X-Amz-Signature" in path else None
    with pytest.raises(StorageUnavailable, match="status 403") as caught:
        storage.check_links()
    assert "KAIMEDIA_MEDIA_LINKS_URL" in caught.value.next_step
    bucket.proxy.fault_of = lambda method, path: Fault(cut_after_bytes=10) if "X-Amz-Signature" in path else None
    with pytest.raises(StorageUnavailable, match="other bytes"):
        storage.check_links()
    assert [page for page in bucket.store().list() if page] == []
