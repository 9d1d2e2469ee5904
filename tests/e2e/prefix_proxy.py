"""A reverse proxy on loopback that strips a path prefix without telling the app, as hosting platforms do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

PAGE_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"


@dataclass(frozen=True)
class _Way:
    """The target of requests below the prefix, the page at `/`, and the only cookies passed on (None: all)."""

    prefix: bytes
    port: int
    outer_page: bytes = b""
    cookies: Collection[str] | None = None


@contextmanager
def cutting(prefix: str, port: int, outer_page: str = "", cookies: Collection[str] | None = None) -> Iterator[str]:
    """The address below which the server on `port` is found; other paths are 404. WebSockets pass.

    `outer_page` is the HTML that the platform itself shows at `/`; `cookies` are the only ones it passes on.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    way = _Way(prefix.encode(), port, outer_page.encode(), cookies)
    threading.Thread(target=_accept, args=(listener, way), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}{prefix}"
    finally:
        listener.close()


def _accept(listener: socket.socket, way: _Way) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(client, way), daemon=True).start()


def _serve(client: socket.socket, way: _Way) -> None:
    with client, suppress(OSError):
        head, rest = _head(client)
        if not head:
            return
        method, path, version = head[0].split(b" ", 2)
        if not path.startswith(way.prefix + b"/"):
            client.sendall(_page(way.outer_page) if way.outer_page and path == b"/" else NOT_FOUND)
            return
        lines = [b" ".join((method, path[len(way.prefix) :], version)), b"X-Forwarded-For: 203.0.113.9"]
        is_upgrade = any(line.lower().startswith(b"upgrade:") for line in head[1:])
        lines += [line for line in head[1:] if is_upgrade or not line.lower().startswith(b"connection:")]
        lines += [] if is_upgrade else [b"Connection: close"]
        if way.cookies is not None:
            lines = [_with_cookies(line, way.cookies) for line in lines]
        with socket.create_connection(("127.0.0.1", way.port)) as server:
            server.sendall(b"\r\n".join(line for line in lines if line) + b"\r\n\r\n" + rest)
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join()


def _page(body: bytes) -> bytes:
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    )
    return head % len(body) + body


def _with_cookies(line: bytes, names: Collection[str]) -> bytes:
    """The header line with these cookies alone; empty when none is left."""
    name, _, value = line.partition(b":")
    if name.lower() != b"cookie":
        return line
    kept = [pair.strip() for pair in value.split(b";") if pair.strip().partition(b"=")[0].decode("latin-1") in names]
    return b"Cookie: " + b"; ".join(kept) if kept else b""


def _head(client: socket.socket) -> tuple[list[bytes], bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(65536)
        if not piece:
            return [], b""
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    return head.split(b"\r\n"), rest


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
