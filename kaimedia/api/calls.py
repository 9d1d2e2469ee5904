"""What the guard needs to know of a call, read from its ASGI scope."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import Scope

from kaimedia.access import Visitor, is_loopback, is_proxy_header
from kaimedia.api.base_path import inner_path
from kaimedia.api.http_connections import ABSOLUTE_HOST, absolute_host

CALLBACKS = "/api/callbacks/kie/"
_HEALTH = ("/_stcore/health", "/_stcore/host-config", "/healthz")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_ANYWHERE_ELSE = ("cross-site", "same-site")


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request or WebSocket handshake. Header values are as sent.

    `path` is the one below `server.baseUrlPath`; `absolute_host` is the host of a target like `http://host/path`.
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
    def of(cls, scope: Scope) -> Call:
        """Read a scope of type `http` or `websocket`."""
        headers: dict[bytes, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value.decode("latin-1"))
        client, server = scope.get("client"), scope.get("server")

        def all_of(name: bytes) -> tuple[str, ...]:
            return tuple(headers.get(name, ()))

        def one(name: bytes) -> str:
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
                own_address=server[0] if server else None,
            ),
            origins=all_of(b"origin"),
            fetch_site=one(b"sec-fetch-site"),
            fetch_mode=one(b"sec-fetch-mode"),
            absolute_host=scope.get(ABSOLUTE_HOST, absolute_host(scope.get("raw_path") or b"/")),
            forwarded_for=tuple(part.strip() for line in all_of(b"x-forwarded-for") for part in line.split(",")),
            forwarded_hosts=all_of(b"x-forwarded-host"),
            referer=one(b"referer"),
            accept=one(b"accept"),
        )

    @property
    def far_peer(self) -> str | None:
        """Who is at the other end: what the nearest proxy added last, or the connection's address.

        None for this machine's own and for a proxy here that does not say: those share one address.
        """
        if self.forwarded_for:
            return self.forwarded_for[-1]
        peer = self.visitor.peer
        return None if peer is None or is_loopback(peer) else peer

    @property
    def is_about_health(self) -> bool:
        """True for what a platform asks to see whether the server lives; the answers tell nothing about the app."""
        return self.kind == "http" and self.method in ("GET", "HEAD") and self.path in _HEALTH

    @property
    def is_about_api(self) -> bool:
        """True for the REST API."""
        return self.path == "/api" or self.path.startswith("/api/")

    @property
    def is_about_gallery(self) -> bool:
        """True for what the gallery's grid reads."""
        return self.path == "/app/gallery" or self.path.startswith("/app/gallery/")

    @property
    def is_callback(self) -> bool:
        """True for what kie.ai sends: its secret is in the path."""
        return self.kind == "http" and self.method == "POST" and self.path.startswith(CALLBACKS)

    @property
    def can_change_things(self) -> bool:
        """True for unsafe methods and for WebSockets."""
        return self.kind == "websocket" or self.method not in _SAFE_METHODS

    @property
    def is_for_another_page(self) -> bool:
        """True when the browser says that a page of another origin caused it."""
        return any(site in self.fetch_site for site in _ANYWHERE_ELSE)
