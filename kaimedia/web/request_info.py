"""What the firewall needs to know about a request, read from its ASGI scope."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import Scope

from kaimedia.security.access import Visitor, is_loopback, is_proxy_header
from kaimedia.web.base_path import CALLBACKS, inner_path
from kaimedia.web.http_connections import ABSOLUTE_HOST, absolute_host

_HEALTH = ("/_stcore/health", "/_stcore/host-config", "/healthz")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_OTHER_SITES = ("cross-site", "same-site")


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """One HTTP request or WebSocket handshake. Header values are as sent.

    `path` is relative to `server.baseUrlPath`; `absolute_host` is the host of a target like `http://host/path`.
    """

    kind: str
    method: str
    path: str
    scheme: str
    visitor: Visitor
    origins: tuple[str, ...]
    fetch_site: str
    fetch_mode: str
    absolute_host: str | None
    forwarded_for: tuple[str, ...]
    forwarded_hosts: tuple[str, ...]
    referer: str
    accept: str

    @classmethod
    def of(cls, scope: Scope) -> RequestInfo:
        """Read a scope of type `http` or `websocket`."""
        headers: dict[bytes, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value.decode("latin-1"))
        client, server = scope.get("client"), scope.get("server")

        def all_of(name: bytes) -> tuple[str, ...]:
            return tuple(headers.get(name, ()))

        def joined(name: bytes) -> str:
            return ",".join(all_of(name)).strip().lower()

        return cls(
            kind=scope["type"],
            method=scope.get("method", "GET"),
            path=inner_path(scope),
            scheme=scope.get("scheme", "http"),
            visitor=Visitor(
                peer=client[0] if client else None,
                hosts=all_of(b"host"),
                is_proxied=any(is_proxy_header(name.decode("latin-1")) for name in headers),
                local_address=server[0] if server else None,
            ),
            origins=all_of(b"origin"),
            fetch_site=joined(b"sec-fetch-site"),
            fetch_mode=joined(b"sec-fetch-mode"),
            absolute_host=scope.get(ABSOLUTE_HOST, absolute_host(scope.get("raw_path") or b"/")),
            forwarded_for=tuple(part.strip() for line in all_of(b"x-forwarded-for") for part in line.split(",")),
            forwarded_hosts=all_of(b"x-forwarded-host"),
            referer=joined(b"referer"),
            accept=joined(b"accept"),
        )

    @property
    def far_peer(self) -> str | None:
        """The client: the last entry of X-Forwarded-For, or the address of the connection.

        None for this machine, and for a proxy on it that does not send the header: both have the same address.
        """
        if self.forwarded_for:
            return self.forwarded_for[-1]
        peer = self.visitor.peer
        return None if peer is None or is_loopback(peer) else peer

    @property
    def is_about_health(self) -> bool:
        """True for health checks of the platform; their responses reveal nothing about the app."""
        return self.kind == "http" and self.method in ("GET", "HEAD") and self.path in _HEALTH

    @property
    def is_about_api(self) -> bool:
        """True for what programs call: the REST API, the OpenAI-compatible routes, MCP."""
        return f"{self.path}/".startswith(("/api/", "/v1/", "/mcp/"))

    @property
    def is_about_gallery(self) -> bool:
        """True for the gallery API."""
        return self.path == "/app/gallery" or self.path.startswith("/app/gallery/")

    @property
    def is_callback(self) -> bool:
        """True for callbacks of a provider: their secret is in the path."""
        return self.kind == "http" and self.method == "POST" and self.path.startswith(CALLBACKS)

    @property
    def can_change_things(self) -> bool:
        """True for unsafe methods and for WebSockets."""
        return self.kind == "websocket" or self.method not in _SAFE_METHODS

    @property
    def is_for_another_page(self) -> bool:
        """True if the browser says that a page of another origin sent it."""
        return any(site in self.fetch_site for site in _OTHER_SITES)
