"""A small proxy on loopback, as hosting platforms have: sets headers, passes on WebSockets and everything else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress


@contextmanager
def proxy(port: int, headers: Mapping[str, str]) -> Iterator[int]:
    """Pass requests on to `port` with these headers set (an existing one is replaced); yields its own port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):  # closed at the end
            while True:
                visitor, _ = listener.accept()
                threading.Thread(target=_pass_on, args=(visitor, port, headers), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def _pass_on(visitor: socket.socket, port: int, headers: Mapping[str, str]) -> None:
    with suppress(OSError), visitor, socket.create_connection(("127.0.0.1", port), timeout=60) as app:
        received = b""
        while b"\r\n\r\n" not in received:
            chunk = visitor.recv(65536)
            if not chunk:
                return
            received += chunk
        head, _, rest = received.partition(b"\r\n\r\n")
        app.sendall(_with(head, headers) + b"\r\n\r\n" + rest)
        back = threading.Thread(target=_copy, args=(app, visitor), daemon=True)
        back.start()
        _copy(visitor, app)
        back.join()


def _with(head: bytes, headers: Mapping[str, str]) -> bytes:
    first, *lines = head.decode("latin-1").split("\r\n")
    replaced = {name.lower() for name in headers}
    is_upgrade = any(line.lower().startswith("upgrade:") for line in lines)
    if not is_upgrade:
        replaced.add("connection")
    kept = [line for line in lines if line.partition(":")[0].lower() not in replaced]
    added = [f"{name}: {value}" for name, value in headers.items()]
    one_call = [] if is_upgrade else ["Connection: close"]
    return "\r\n".join([first, *kept, *added, *one_call]).encode("latin-1")


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            target.sendall(chunk)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
