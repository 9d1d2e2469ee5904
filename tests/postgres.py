"""A PostgreSQL server for the tests, created in a temporary folder and deleted afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

START_TIMEOUT_S = 60.0
SUPERUSER = "kaimedia"


def program(name: str) -> Path:
    """A PostgreSQL server program, from PATH or the install paths of Debian and Red Hat."""
    found = shutil.which(name)
    if found:
        return Path(found)
    candidates = [*Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), *Path("/usr").glob(f"pgsql-*/bin/{name}")]
    if not candidates:
        pytest.fail(
            f"PostgreSQL is not installed: `{name}` was not found. Install it (Debian: apt install postgresql)."
        )
    return max(candidates)


def server_user() -> dict[str, Any]:
    """The user that runs the server, which refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    pytest.fail("The tests run as root and there is no user `postgres` or `nobody` to run PostgreSQL as.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def cluster() -> Iterator[str]:
    """A running server on a free loopback port; yields the URL of its first database."""
    folder = Path(tempfile.mkdtemp(prefix="kaimedia-postgres-"))
    user = server_user()
    if user:
        os.chown(folder, user["user"], user["group"])
    try:
        data = folder / "data"
        _initialize(data, user, folder)
        with _running(data, folder, user) as port:
            yield f"postgresql+psycopg://{SUPERUSER}@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _initialize(data: Path, user: dict[str, Any], folder: Path) -> None:
    options = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", f"--username={SUPERUSER}"]
    made = subprocess.run(
        [program("initdb"), "-D", data, *options], cwd=folder, capture_output=True, text=True, check=False, **user
    )
    if made.returncode:
        pytest.fail(f"PostgreSQL's initdb failed: {made.stderr.strip()}")


@contextmanager
def _running(data: Path, folder: Path, user: dict[str, Any]) -> Iterator[int]:
    port = _free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": folder,
        "max_connections": 200,
        # Safe as long as the machine does not crash.
        "fsync": "off",
        "full_page_writes": "off",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log = folder / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [program("postgres"), "-D", data, *options], cwd=folder, stdout=output, stderr=output, **user
        )
    try:
        _wait_until_ready(server, port, log)
        yield port
    finally:
        server.send_signal(signal.SIGQUIT)  # immediate shutdown: its data is not needed
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_until_ready(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + START_TIMEOUT_S
    while server.poll() is None and time.monotonic() < until:
        try:
            psycopg.connect(host="127.0.0.1", port=port, user=SUPERUSER, dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a running server's first database; create more with `fresh_database`."""
    with cluster() as url:
        yield url


def fresh_database(url: str, *, template: str | None = None) -> str:
    """Create a database on the server of `url`, empty or a copy of `template`; returns its URL."""
    name = f"test_{uuid4().hex}"
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template:
        statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(statement)
    return f"{url.rpartition('/')[0]}/{name}"
