"""How many requests a bucket gets for what the app does."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse

from kaimedia.domain import Modality
from kaimedia.media import names
from kaimedia.media.storage import Storage
from kaimedia.web.static_media import MediaFiles
from tests.s3 import Bucket
from tests.stored import AT, put
from tests.unit.web.static_media import PREFIXES, Client

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("s3")]


@pytest.fixture
def storage(bucket: Bucket, tmp_path: Path) -> Storage:
    return bucket.storage(tmp_path)


def test_what_serving_a_file_costs(bucket: Bucket, storage: Storage) -> None:
    """One HEAD and one GET of only the bytes wanted, whatever the size."""
    data = os.urandom(12_000_000)
    url = PREFIXES[0] + put(storage, data)
    client = Client(MediaFiles(PlainTextResponse("other"), lambda: storage))
    for headers, wanted in (({}, data), ({"Range": "bytes=5-9"}, data[5:10]), ({"Range": "bytes=-9"}, data[-9:])):
        bucket.proxy.requests.clear()
        assert client.get(url, headers=headers).content == wanted
        assert [method for method, _ in bucket.proxy.requests] == ["HEAD", "GET"]
    bucket.proxy.requests.clear()
    etag = client.request("HEAD", url).headers["etag"]
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    assert [method for method, _ in bucket.proxy.requests] == ["HEAD", "HEAD"]


def test_what_looking_for_many_files_costs(bucket: Bucket, storage: Storage) -> None:
    """One listing for neighbors, not a request for each."""
    stored = [put(storage, at=AT + timedelta(seconds=second)) for second in range(30)]
    absent = names.new_name(Modality.IMAGE, AT, "png")
    bucket.proxy.requests.clear()
    assert storage.missing([*stored, absent]) == {absent}
    assert len(bucket.proxy.requests) == 1


def test_what_deleting_many_files_costs(bucket: Bucket, storage: Storage) -> None:
    """One request, also for files that do not exist."""
    stored = [put(storage, at=AT + timedelta(seconds=second)) for second in range(10)]
    bucket.proxy.requests.clear()
    storage.delete([*stored, names.new_name(Modality.IMAGE, AT, "png")])
    assert [method for method, _ in bucket.proxy.requests] == ["POST"]
    assert storage.files() == {}
