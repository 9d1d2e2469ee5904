"""The page's WebSocket to the server, with messages that can be delayed."""

from __future__ import annotations

from playwright.sync_api import WebSocketRoute


class Line:
    """Messages of the server, held back while `is_slow`, and of the page, while `is_slow_to_server`."""

    def __init__(self) -> None:
        self.is_slow = False
        self.is_slow_to_server = False
        self._held: list[str | bytes] = []
        self._held_to_server: list[str | bytes] = []
        self._page: WebSocketRoute | None = None
        self._server: WebSocketRoute | None = None

    def relay(self, socket: WebSocketRoute) -> None:
        """Intercept the WebSocket between page and server; a new one starts without delays."""
        self.is_slow = self.is_slow_to_server = False
        self._held.clear()
        self._held_to_server.clear()
        self._page = socket
        server = self._server = socket.connect_to_server()
        socket.on_message(
            lambda message: self._held_to_server.append(message) if self.is_slow_to_server else server.send(message)
        )
        server.on_message(lambda message: self._held.append(message) if self.is_slow else socket.send(message))

    def let_go(self) -> None:
        """Deliver the held messages."""
        assert self._page is not None and self._server is not None
        self.is_slow = self.is_slow_to_server = False
        for message in self._held:
            self._page.send(message)
        for message in self._held_to_server:
            self._server.send(message)
        self._held.clear()
        self._held_to_server.clear()
