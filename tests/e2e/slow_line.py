"""The page's WebSocket to the server, with responses that can be delayed."""

from __future__ import annotations

from playwright.sync_api import WebSocketRoute


class Line:
    """Server messages, held back while `is_slow`."""

    def __init__(self) -> None:
        self.is_slow = False
        self._held: list[str | bytes] = []
        self._page: WebSocketRoute | None = None

    def relay(self, socket: WebSocketRoute) -> None:
        """Intercept the WebSocket between page and server."""
        self._page = socket
        server = socket.connect_to_server()
        socket.on_message(server.send)
        server.on_message(lambda message: self._held.append(message) if self.is_slow else socket.send(message))

    def let_go(self) -> None:
        """Deliver the held messages."""
        assert self._page is not None
        self.is_slow = False
        for message in self._held:
            self._page.send(message)
