"""A reverse proxy on loopback that cuts a prefix off the path and says so to nobody, as hosted platforms do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def cutting(prefix: str, port: int) -> Iterator[str]:
    """The address below which the server on `port` is found; other paths are 404. WebSockets pass."""
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_accept, args=(listener, prefix.encode(), port), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}{prefix}"
    finally:
        listener.close()


def _accept(listener: socket.socket, prefix: bytes, port: int) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(client, prefix, port), daemon=True).start()


def _serve(client: socket.socket, prefix: bytes, port: int) -> None:
    with client, suppress(OSError):
        head, rest = _head(client)
        if not head:
            return
        method, path, version = head[0].split(b" ", 2)
        if not path.startswith(prefix + b"/"):
            client.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        lines = [b" ".join((method, path[len(prefix) :], version)), b"X-Forwarded-For: 203.0.113.9"]
        is_upgrade = any(line.lower().startswith(b"upgrade:") for line in head[1:])
        lines += [line for line in head[1:] if is_upgrade or not line.lower().startswith(b"connection:")]
        lines += [] if is_upgrade else [b"Connection: close"]
        with socket.create_connection(("127.0.0.1", port)) as server:
            server.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + rest)
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join()


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
