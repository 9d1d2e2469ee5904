"""A tiny server that misbehaves on purpose."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

CANARY = "canary-key-0123456789abcdef"
OK = {"code": 200, "msg": "success", "data": {"taskId": "abc"}}


@dataclass
class ReceivedRequest:
    """One request as received by the server."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    peer: tuple[str, int]

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


Answer = Callable[["BaseHTTPRequestHandler"], None]


@dataclass
class Loopback:
    """A server on a free loopback port. Each request gets the next answer; the last one repeats."""

    url: str = ""
    answers: deque[Answer] = field(default_factory=deque)
    seen: list[ReceivedRequest] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def will(self, *answers: Answer) -> None:
        """Queue answers."""
        self.answers.extend(answers)


def reply(
    body: Any = None, status: int = 200, headers: dict[str, str] | None = None, *, declared: int | None = None
) -> Answer:
    """Answer with JSON, or with plain text; `declared` is a false content length."""
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content) if declared is None else declared))
        handler.end_headers()
        handler.wfile.write(content)
        if declared is not None:
            handler.close_connection = True

    return answer


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Close without a response."""
    handler.close_connection = True


def outage(loopback: Loopback) -> Answer:
    """Accept the request and send nothing until the test ends."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        loopback.stopping.wait(20)
        handler.close_connection = True

    return answer


def drip(loopback: Loopback, first: bytes) -> Answer:
    """Send the first bytes, then one byte every 20 ms until the test ends."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(first)
        handler.wfile.flush()
        handler.close_connection = True
        ends_at = time.monotonic() + 20
        while not loopback.stopping.wait(0.02) and time.monotonic() < ends_at:
            try:
                handler.wfile.write(b"a")
                handler.wfile.flush()
            except OSError:
                return

    return answer


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Loopback]:
    """A running server, stopped at the end."""
    state = Loopback()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def take(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            parts = urlsplit(self.path)
            peer = self.client_address[:2]
            seen = ReceivedRequest(self.command, parts.path, parse_qs(parts.query), dict(self.headers), body, peer)
            state.seen.append(seen)
            answer = state.answers.popleft() if len(state.answers) > 1 else state.answers[0]
            answer(self)

        do_GET = do_POST = take

        def log_message(self, format: str, *args: Any) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            return

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def dead_url() -> str:
    """An address nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"
