"""A tiny PictureWorks: a job is queued, then working, then done."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

from PIL import Image

KEY = "pictureworks-key-0123456789"


class Service(ThreadingHTTPServer):
    """Accepts `KEY` only. `created` are the bodies of the accepted creates, `refused` counts the others."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.created: list[Any] = []
        self.refused = 0
        self.states = ["working", "queued"]


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != f"Bearer {KEY}":
            self.server.refused += 1
            return self._answer(401, b"{}")
        self.server.created.append((self.path, body))
        return self._answer(201, b'{"job": "abc"}')

    def do_GET(self) -> None:
        if self.path == "/x.png":
            data = BytesIO()
            Image.new("RGB", (60, 40), "teal").save(data, "PNG")
            return self._answer(200, data.getvalue(), "image/png")
        if (self.path, self.headers["Authorization"]) != ("/v1/jobs/abc", f"Bearer {KEY}"):
            return self._answer(404, b"{}")
        record: dict[str, Any] = {"state": self.server.states.pop() if self.server.states else "done"}
        if record["state"] == "done":
            record["images"] = [f"{self.server.url}/x.png"]
        return self._answer(200, json.dumps(record).encode())

    def _answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""


@contextmanager
def running() -> Iterator[Service]:
    """A service on a free loopback port."""
    server = Service()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
