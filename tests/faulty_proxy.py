"""An HTTP proxy in front of a storage's server that records requests and makes the faults a test wants."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a request: a response with `status`, a changed body, no response, or an early end.

    `cut_after_bytes` ends the connection after so much of the response's body; `hang` sends nothing until the proxy
    is closed; `reply_lost` passes the request on and drops the response; `reset` resets the connection instead of
    reading the request, as a server does that closes an idle one just then.
    """

    status: int | None = None
    cut_after_bytes: int | None = None
    is_body_changed: bool = False
    hang: bool = False
    reset: bool = False
    reply_lost: bool = False


class FaultyProxy:
    """Passes requests on to `target`. `fault_of` gets method and path of each and returns its fault, if any."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.requests: list[tuple[str, str]] = []
        self.fault_of: Callable[[str, str], Fault | None] = lambda method, path: None
        self.closing = threading.Event()
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def address(self) -> str:
        """The URL of the proxy."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def once(self, fault: Fault, method: str) -> None:
        """The next request of that method has the fault."""
        waiting = [fault]
        self.fault_of = lambda sent, path: waiting.pop() if sent == method and waiting else None

    def always(self, fault: Fault) -> None:
        """Every request has the fault from now on."""
        self.fault_of = lambda method, path: fault

    def well(self) -> None:
        """No more faults."""
        self.fault_of = lambda method, path: None

    def __enter__(self) -> FaultyProxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    owner: FaultyProxy
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _pass_on(self) -> None:
        self.owner.requests.append((self.command, self.path))
        fault = self.owner.fault_of(self.command, self.path) or Fault()
        if fault.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._cut()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if fault.hang:
            self.owner.closing.wait(120)
            self._cut()
        elif fault.status is not None:
            self.send_response(fault.status)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            if fault.is_body_changed and body:
                body = bytes([body[0] ^ 1]) + body[1:]
            self._forward(body, fault)

    def __getattr__(self, name: str) -> Any:
        """Every HTTP method is passed on, also those of WebDAV."""
        if name.startswith("do_"):
            return self._pass_on
        raise AttributeError(name)

    def _forward(self, body: bytes, fault: Fault) -> None:
        target = urlsplit(self.owner.target)
        connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=60)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            if fault.reply_lost:
                response.read()
                self._cut()
                return
            self.send_response_only(response.status)
            is_chunked = response.getheader("Content-Length") is None and self.command != "HEAD"
            for name, value in response.getheaders():
                if name.lower() not in ("transfer-encoding", "connection"):
                    self.send_header(name, value)
            if is_chunked:
                self.send_header("Connection", "close")
                self.close_connection = True
            self.end_headers()
            self._send_body(response, fault.cut_after_bytes)
        except OSError:  # the client closed the connection
            self._cut()
        finally:
            connection.close()

    def _send_body(self, response: http.client.HTTPResponse, cut_after_bytes: int | None) -> None:
        left = cut_after_bytes
        while chunk := response.read(CHUNK_BYTES if left is None else max(0, min(CHUNK_BYTES, left))):
            self.wfile.write(chunk)
            if left is not None:
                left -= len(chunk)
        self.wfile.flush()
        if cut_after_bytes is not None:
            self._cut()

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.close()
