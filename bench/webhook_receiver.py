"""A receiver of webhooks on a loopback port, which can be down, slow or refusing; it records what it accepts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Received:
    """One request; header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def event_id(self) -> str:
        """The id of its event."""
        return self.headers["webhook-id"]


class WebhookReceiver:
    """Answers with `status` and `headers`, after `delay_s` seconds; `stop` makes it unreachable, `start` reachable."""

    def __init__(self, status: int = 204) -> None:
        self.status = status
        self.headers: dict[str, str] = {}
        self.body = b""
        self.delay_s = 0.0
        self.received: list[Received] = []
        self.status_for: Callable[[Received], int] | None = None
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.start()

    @property
    def host(self) -> str:
        """Host and port, as KAIMEDIA_TRUSTED_HOSTS takes them."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.host}/hook"

    def start(self) -> None:
        """Listen, on the same port as before."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver._answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections from now on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def wait_for(self, number: int, timeout_s: float = 20.0) -> list[Received]:
        """The first requests, as soon as there are that many."""
        until = time.monotonic() + timeout_s
        while len(self.received) < number:
            if time.monotonic() > until:
                raise TimeoutError(f"{len(self.received)} of {number} webhooks arrived")
            time.sleep(0.01)
        return self.received[:number]

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        names = {name.lower(): value for name, value in handler.headers.items()}
        received = Received(handler.path, names, body)
        status = self.status if self.status_for is None else self.status_for(received)
        self.received.append(received)
        time.sleep(self.delay_s)
        try:
            handler.send_response(status)
            for name, value in self.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(self.body)))
            handler.end_headers()
            handler.wfile.write(self.body)
        except OSError:  # the sender did not wait
            pass
