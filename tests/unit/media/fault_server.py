"""A loopback server that sends scripted responses byte by byte, valid or not."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

Script = Callable[[socket.socket], None]


def reply(body: bytes, *, status: str = "200 OK", headers: str = "", length: int | None = -1) -> Script:
    """A well-formed response; `length` None declares no length, -1 the real one."""
    declared = len(body) if length == -1 else length
    head = f"HTTP/1.1 {status}\r\n{headers}"
    if declared is not None:
        head += f"Content-Length: {declared}\r\n"

    def run(client: socket.socket) -> None:
        client.sendall(f"{head}\r\n".encode("latin-1") + body)

    return run


def raw(data: bytes, *, reset: bool = False) -> Script:
    """Exactly these bytes, then a clean close or a reset."""

    def run(client: socket.socket) -> None:
        client.sendall(data)
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return run


def endless(head: bytes, piece: bytes, pause_s: float, stop: threading.Event) -> Script:
    """`head`, then `piece` repeatedly until the client disconnects."""

    def run(client: socket.socket) -> None:
        client.sendall(head)
        while not stop.wait(pause_s):
            client.sendall(piece)

    return run


class FaultServer:
    """Serves scripts by path; `requests` contains the raw requests."""

    def __init__(self) -> None:
        self.scripts: dict[str, Script] = {}
        self.requests: list[str] = []
        self.stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        self._threads: list[threading.Thread] = []

    def url(self, path: str, script: Script | None = None) -> str:
        """The URL of `path`, for which `script` is served from now on."""
        if script:
            self.scripts[path] = script
        return f"http://{self.host}{path}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with client:
            client.settimeout(10)
            try:
                received = b""
                while b"\r\n\r\n" not in received:
                    piece = client.recv(65536)
                    if not piece:
                        return
                    received += piece
                text = received.decode("latin-1")
                self.requests.append(text)
                path = text.split(" ", 2)[1].partition("?")[0]
                self.scripts.get(path, reply(b"no such path", status="404 Not Found"))(client)
            except OSError:
                return  # the client disconnected, which most of these tests are about
