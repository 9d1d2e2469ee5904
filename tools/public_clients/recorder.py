"""A proxy in front of the sandbox that keeps what a client sends and gets."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CALLBACK_PATH = "/callback"
_TIMEOUT_S = 60.0
_HOP_BY_HOP = {"connection", "content-length", "transfer-encoding", "date", "server"}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer; `body` and `answer` are None where they are no JSON."""

    method: str
    path: str
    body: Any
    status: int
    answer: Any


class Recorder:
    """Listens on a loopback port; callbacks of the sandbox end here too."""

    def __init__(self, target: str) -> None:
        self.exchanges: list[Exchange] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(target, self.exchanges))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def _handler(target: str, exchanges: list[Exchange]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._forward(None)

        def do_POST(self) -> None:
            self._forward(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        def _forward(self, body: bytes | None) -> None:
            if self.path == CALLBACK_PATH:
                self._send(200, {}, b"{}")
                return
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
            request = urllib.request.Request(f"{target}{self.path}", data=body, headers=headers, method=self.command)
            try:
                with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as reply:
                    status, found, content = reply.status, dict(reply.headers), reply.read()
            except urllib.error.HTTPError as error:
                status, found, content = error.code, dict(error.headers), error.read()
            exchanges.append(Exchange(self.command, self.path, _json(body), status, _json(content)))
            self._send(status, found, content)

        def _send(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """The requests are kept, not printed."""

    return Handler


def _json(content: bytes | None) -> Any:
    try:
        return json.loads(content or b"null")
    except ValueError:
        return None
