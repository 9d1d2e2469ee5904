"""A load balancer on loopback before several app processes: pages stick to one process, everything else takes turns."""

from __future__ import annotations

import itertools
import re
import socket
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

COOKIE = "test_process"
# What belongs to a page's session: Streamlit's own routes (its WebSocket, uploads), and files it holds in memory.
STICKY = ("/_stcore/", "/media/", "/component/")
ANY = ("/api/", "/app/", "/static/", "/v1/", "/mcp")


@dataclass
class Balancer:
    """`address` is where it listens; `served` counts requests by the first two parts of their path and process."""

    address: str
    ports: Sequence[int]
    served: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    turns: Iterator[int] = field(default_factory=itertools.count)

    def choose(self, path: str, cookie: int | None) -> int:
        """The index of the process that gets this request."""
        is_any = path.startswith(ANY) and not path.startswith(STICKY)
        chosen = next(self.turns) % len(self.ports) if is_any or cookie is None else cookie
        self.served["/".join(path.partition("?")[0].split("/")[:3])][chosen] += 1
        return chosen


@contextmanager
def balanced(ports: Sequence[int]) -> Iterator[Balancer]:
    """Spread requests over the processes on these ports."""
    listener = socket.create_server(("127.0.0.1", 0))
    balancer = Balancer(f"http://127.0.0.1:{listener.getsockname()[1]}", ports)
    threading.Thread(target=_accept, args=(listener, balancer), daemon=True).start()
    try:
        yield balancer
    finally:
        listener.close()


def _accept(listener: socket.socket, balancer: Balancer) -> None:
    with suppress(OSError):  # closed at the end
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_serve, args=(client, balancer), daemon=True).start()


def _serve(client: socket.socket, balancer: Balancer) -> None:
    with client, suppress(OSError):
        head, rest = _head(client)
        if not head:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        found = re.search(rf"(?im)^cookie:.*\b{COOKIE}=(\d+)", head.decode("latin-1"))
        chosen = balancer.choose(first.split(" ")[1], int(found[1]) if found else None)
        is_upgrade = any(line.lower().startswith("upgrade:") for line in lines)
        kept = [line for line in lines if is_upgrade or not line.lower().startswith("connection:")]
        kept += [] if is_upgrade else ["Connection: close"]
        with socket.create_connection(("127.0.0.1", balancer.ports[chosen])) as app:
            app.sendall("\r\n".join([first, *kept]).encode("latin-1") + b"\r\n\r\n" + rest)
            up = threading.Thread(target=_copy, args=(client, app), daemon=True)
            up.start()
            answer, rest = _head(app)
            stick = b"" if found else f"\r\nSet-Cookie: {COOKIE}={chosen}; Path=/".encode()
            client.sendall(answer + stick + b"\r\n\r\n" + rest)
            _copy(app, client)


def _head(source: socket.socket) -> tuple[bytes, bytes]:
    """Everything up to the blank line, and what came after it."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = source.recv(65536)
        if not piece:
            return b"", b""
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
