"""The sandbox inside another process: a server thread on a free loopback port."""

from __future__ import annotations

import asyncio
import socket
import threading
import time

import uvicorn

from kaimedia.errors import ConfigError
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.sandbox.protocol.http_protocol import HangUpProtocol
from kaimedia.sandbox.protocol.server import create_app

_STARTS_WITHIN_S = 30.0
_KEEP_ALIVE_S = 75  # longer than clients keep idle connections open, so a create never hits a closing one


def server_for(options: SandboxOptions) -> uvicorn.Server:
    """A uvicorn server for one sandbox; it listens on the sockets passed to `serve`."""
    config = uvicorn.Config(
        create_app(options),
        http=HangUpProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 picks a free port.

    Raises:
        ConfigError: the port is in use or not allowed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Explicitly TCP; otherwise asyncio leaves Nagle's algorithm on and each reply waits 40 ms for an acknowledgment.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigError(f"Cannot listen on {host}:{port}: {error.strerror}.", setting="port") from error
    return listener


class EmbeddedSandbox:
    """Starts and stops one sandbox in a daemon thread. Installs no signal handlers.

    Args:
        port: 0 picks a free port, a new one at each start.
    """

    def __init__(self, options: SandboxOptions | None = None, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._options = options or SandboxOptions()
        self._host = host
        self._port = port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._base_url: str | None = None

    @property
    def base_url(self) -> str | None:
        """The URL it listens on, None while it is not running."""
        return self._base_url

    def start(self) -> str:
        """Start, wait until it responds, and return the base URL. If already running, only return the URL.

        Raises:
            ConfigError: it cannot listen or did not start, for example because the journal file is not a valid journal.
        """
        if self._base_url is not None:
            return self._base_url
        server = server_for(self._options)
        listener = listen(self._host, self._port)
        self._server = server
        self._thread = threading.Thread(
            target=_serve, args=(self._server, listener), name="kaimedia-sandbox", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                self.stop()
                raise ConfigError("The sandbox did not start; see the log for the reason.", setting="sandbox")
            time.sleep(0.005)
        host, port = listener.getsockname()[:2]
        self._base_url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        return self._base_url

    def stop(self) -> None:
        """Stop and wait until child processes and temporary files are gone. May be called twice."""
        server, thread = self._server, self._thread
        self._server = self._thread = self._base_url = None
        if server is not None:
            server.should_exit = True
        if thread is not None:
            thread.join()


def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    try:
        asyncio.run(server.serve(sockets=[listener]))
    finally:
        listener.close()
