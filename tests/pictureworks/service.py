"""A tiny PictureWorks: a job is queued, then working, then done; with uploads and a balance."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

from PIL import Image

from tests.pictureworks.entry import PICTUREWORKS
from tests.providers import standing_in

KEY = "pictureworks-key-0123456789"


class Service(ThreadingHTTPServer):
    """Accepts `KEY` only. `refused` counts the creates that were not accepted.

    `created` are the bodies of the others, `uploaded` those of the files, `balance_reads` counts reads of the balance.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.created: list[Any] = []
        self.uploaded: list[bytes] = []
        self.refused = self.balance_reads = 0
        self.balance = 500
        self.states = ["working", "queued"]


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self._has_key():
            self.server.refused += self.path == "/v1/jobs"
            return self._answer(401, {})
        if self.path == "/v1/files":
            self.server.uploaded.append(body)
            return self._answer(201, {"url": f"{self.server.url}/in{len(self.server.uploaded)}.png"})
        self.server.created.append(json.loads(body))
        return self._answer(201, {"job": f"job-{len(self.server.created)}"})

    def do_GET(self) -> None:
        if self.path == "/x.png":
            data = BytesIO()
            Image.new("RGB", (60, 40), "teal").save(data, "PNG")
            return self._send(200, data.getvalue(), "image/png")
        if not self._has_key():
            return self._answer(401, {})
        if self.path == "/v1/account":
            self.server.balance_reads += 1
            return self._answer(200, {"credits": self.server.balance})
        if self.path not in [f"/v1/jobs/job-{number}" for number in range(1, len(self.server.created) + 1)]:
            return self._answer(404, {})
        state = self.server.states.pop() if self.server.states else "done"
        done = {"images": [f"{self.server.url}/x.png"], "cost": 5} if state == "done" else {}
        return self._answer(200, {"state": state, **done})

    def _has_key(self) -> bool:
        return self.headers["Authorization"] == f"Bearer {KEY}"

    def _answer(self, status: int, body: Any) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""


@contextmanager
def running() -> Iterator[Service]:
    """A service on a free loopback port, which the product takes for PictureWorks."""
    server = Service()
    with standing_in(PICTUREWORKS, server):
        yield server
