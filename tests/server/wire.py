"""Raw HTTP requests: client libraries do not allow forged Host and Origin headers."""

from __future__ import annotations

import base64
import json
import os
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

Header = tuple[str, str]


@dataclass(frozen=True)
class Answer:
    """A response; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def text(self) -> str:
        return self.body.decode()

    def json(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.body)
        return found

    def problem(self) -> dict[str, object]:
        assert self.headers["content-type"].startswith("application/problem+json"), self.headers
        found: dict[str, object] = json.loads(self.body)
        return found


def call(url: str, method: str, path: str, headers: Iterable[Header], body: bytes = b"") -> Answer:
    """Send exactly these headers (plus Content-Length) and read the response."""
    lines = [f"{method} {path} HTTP/1.1", "Connection: close", *(f"{name}: {value}" for name, value in headers)]
    if body or method in ("POST", "PUT", "PATCH"):
        lines += [f"Content-Length: {len(body)}"]
    return _exchange(url, "\r\n".join([*lines, "", ""]).encode("latin-1") + body)


def upgrade(url: str, headers: Iterable[Header], path: str = "/_stcore/stream") -> Answer:
    """Open a WebSocket with exactly these headers and close it; 101 means it was opened."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        *(f"{name}: {value}" for name, value in headers),
    ]
    return _exchange(url, "\r\n".join([*lines, "", ""]).encode("latin-1"), only_head=True)


def _exchange(url: str, data: bytes, *, only_head: bool = False) -> Answer:
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=20) as connection:
        connection.sendall(data)
        received = b""
        while not (only_head and b"\r\n\r\n" in received):
            chunk = connection.recv(65536)
            if not chunk:
                break
            received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    status = re.match(r"HTTP/1\.1 (\d{3})", first)
    assert status, received[:200]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    if headers.get("transfer-encoding") == "chunked":
        body = _unchunked(body)
    return Answer(int(status[1]), headers, body)


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        whole += rest[: int(size, 16)]
        body = rest[int(size, 16) + 2 :]
    return whole
