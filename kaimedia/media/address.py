"""Which addresses may be fetched, and connections restricted to them.

A link comes from outside, so its host may resolve to our own network, right away or only after a check. Therefore
the check is part of connecting: the name is resolved once, every address must be public, and the socket connects
to one of the checked addresses. The Host header, SNI and the certificate check still use the name.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from requests import adapters
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from kaimedia.errors import UnsafePath
from kaimedia.media.deadline import Deadline
from kaimedia.media.target import HTTP_PORT, HTTPS_PORT, URL_MAX_CHARS, Target, default_port

# Not private to `ipaddress`, but may still lead inside: by tunnel, address translation or convention.
_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24",
        "192.88.99.0/24", "192.175.48.0/24", "198.18.0.0/15", "224.0.0.0/3",
        "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
    )
)  # fmt: skip
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_ODD_CHARACTERS = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
_NUMBER_LIKE = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)", re.IGNORECASE)


def is_public(address: str) -> bool:
    """Whether an IP address in text form is on the public internet; False if it cannot be parsed."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        # IPv4 embedded in IPv6 (mapped, translated, compatible) is outside 2000::/3
        if ip.scope_id is not None or ip not in _GLOBAL_UNICAST:
            return False
    elif ip.is_multicast or ip.is_reserved:
        return False
    return ip.is_global and not any(ip in network for network in _REFUSED if network.version == ip.version)


class AddressGuard:
    """Checks links and makes the connections for them.

    `trusted_hosts` holds `host` (port 443 for https, 80 for http) or `host:port`: these may be private and may
    use plain http. IPv6 literals are written in brackets.
    """

    def __init__(self, trusted_hosts: Iterable[str] = (), *, connect_timeout_s: float = 5.0) -> None:
        self._trusted = frozenset(pair for entry in trusted_hosts for pair in _host_ports(entry))
        self._connect_timeout_s = connect_timeout_s

    def check_url(self, url: str) -> None:
        """Refuse what the link itself rules out; no name is resolved.

        Raises:
            UnsafePath: the message says what is wrong with the link.
        """
        if len(url) > URL_MAX_CHARS or _ODD_CHARACTERS.search(url):
            raise UnsafePath("This link is too long or contains invalid characters.")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise UnsafePath("This link cannot be read.") from error
        if "@" in parts.netloc:
            raise UnsafePath("Links that contain a user name are not allowed.")
        host = _bare_host(parts)
        if not host:
            raise UnsafePath("This link has no host.")
        if port == 0 or parts.netloc.endswith(":"):
            raise UnsafePath("This link has an invalid port.")
        self._check_host(parts.scheme, host, port or default_port(parts.scheme))

    def is_trusted(self, host: str, port: int) -> bool:
        """Whether this host and port are configured as trusted: may be private and may use plain http."""
        return (host, port) in self._trusted

    def connection(self, target: Target, deadline: Deadline) -> HTTPConnection:
        """An unopened connection to a target; opening it checks the address, and `deadline` ends it.

        Uses the same CA certificates as requests to the provider, whatever the environment says.
        """
        guard = self

        class PlainConnection(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return guard._connect(self, "http", deadline)

        class SecureConnection(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return guard._connect(self, "https", deadline)

        if target.scheme == "http":
            return PlainConnection(target.host, target.port, timeout=self._connect_timeout_s)
        return SecureConnection(
            target.host,
            target.port,
            timeout=self._connect_timeout_s,
            cert_reqs="CERT_REQUIRED",
            ca_certs=adapters.DEFAULT_CA_BUNDLE_PATH,
        )

    def _check_host(self, scheme: str, host: str, port: int) -> None:
        if (host, port) in self._trusted and scheme in ("http", "https"):
            return
        if scheme != "https":
            raise UnsafePath("Only https links are allowed.")
        if port != HTTPS_PORT:
            raise UnsafePath("Only links to port 443 are allowed.")
        if "%" in host:
            raise UnsafePath("The host name in this link is not valid.")
        if (":" in host or _NUMBER_LIKE.fullmatch(host.rpartition(".")[2])) and not is_public(host):
            raise UnsafePath("This link points into a private network.")

    def _connect(self, connection: HTTPConnection, scheme: str, deadline: Deadline) -> socket.socket:
        host, port = connection.host.strip("[]").rstrip(".").lower(), connection.port or default_port(scheme)
        self._check_host(scheme, host, port)
        try:
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(host, connection, error) from error
        except UnicodeError as error:
            raise UnsafePath("The host name in this link is not valid.") from error
        if (host, port) not in self._trusted and not all(is_public(str(entry[4][0])) for entry in addresses):
            raise UnsafePath("This link points into a private network.")
        failure: OSError | None = None
        for family, kind, protocol, _, address in addresses:
            if deadline.is_over:
                break
            candidate = socket.socket(family, kind, protocol)
            try:
                candidate.settimeout(max(0.001, min(self._connect_timeout_s, deadline.remaining_s)))
                candidate.connect(address)
            except OSError as error:
                candidate.close()
                failure = error
                continue
            deadline.watch(candidate)
            return candidate
        if failure is None or isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(connection, "connecting timed out") from failure
        raise NewConnectionError(connection, str(failure)) from failure


def _bare_host(parts: SplitResult) -> str:
    return (parts.hostname or "").rstrip(".").lower()


def _host_ports(entry: str) -> Iterable[tuple[str, int]]:
    try:
        parts = urlsplit(f"//{entry.strip()}")
        host, port = _bare_host(parts), parts.port
    except ValueError as error:
        raise ValueError(f"{entry!r} is neither a host nor host:port") from error
    if not host:
        raise ValueError(f"{entry!r} is neither a host nor host:port")
    return ((host, port),) if port else ((host, HTTPS_PORT), (host, HTTP_PORT))
