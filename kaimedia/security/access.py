"""Who may use the app: the access mode, the allowed host names, and the allowed email addresses."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from urllib.parse import urlsplit

from kaimedia.config import Config

LOCAL, LOGIN, OPEN = "local", "login", "open"
HOW_TO_CHOOSE = (
    "Set KAIMEDIA_ACCESS to “login” (only listed people, with sign-in) or “open” (anyone who can reach it may use it "
    "and spend its credits), and KAIMEDIA_ALLOWED_HOSTS to its public host name, then reboot the app. "
    "To use the app only on this machine, open it there as localhost, without a proxy."
)
# Set by proxies, but not by browsers or programs that connect directly.
_PROXY_HEADERS = frozenset(
    {
        *("forwarded", "via", "x-real-ip", "true-client-ip", "x-client-ip", "x-cluster-client-ip", "x-scheme"),
        *("fly-client-ip", "fastly-client-ip", "x-envoy-external-address", "x-amzn-trace-id", "front-end-https"),
    }
)
_PROXY_PREFIXES = ("x-forwarded", "x-original-", "cf-")
KEPT_RESULTS = 1024  # every request asks for the same hosts and addresses again
MAX_HOST_CHARS = 300  # of a host name with its port; longer texts are not kept in memory either
_HOST = re.compile(
    r"(?:\[(?P<ipv6>[0-9a-f:.]{2,45})\]|(?P<name>[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?))(?::(?P<port>[0-9]{1,5}))?"
)


@dataclass(frozen=True, slots=True)
class Host:
    """A host name (lower case, no brackets) and the port, if any."""

    name: str
    port: int | None

    @property
    def is_loopback(self) -> bool:
        """True for `localhost` and loopback addresses."""
        return self.name == "localhost" or is_loopback(self.name)


def read_host(text: str) -> Host | None:
    """Parse a Host header or the network part of a URL; None if it is invalid."""
    return _read_host(text) if len(text) <= MAX_HOST_CHARS else None


@lru_cache(KEPT_RESULTS)
def _read_host(text: str) -> Host | None:
    match = _HOST.fullmatch(text.strip().lower())
    if match is None or (match["ipv6"] and ":" not in match["ipv6"]):
        return None
    port = int(match["port"]) if match["port"] else None
    return Host(match["ipv6"] or match["name"], port) if port is None or 0 < port < 65536 else None


def is_loopback(address: str) -> bool:
    """True for a loopback address, also IPv4-mapped IPv6; False for names."""
    return len(address) <= MAX_HOST_CHARS and _is_loopback(address)


@lru_cache(KEPT_RESULTS)
def _is_loopback(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return bool((mapped or ip).is_loopback)


def is_proxy_header(name: str) -> bool:
    """True for a request header (any case) that only proxies add."""
    lowered = name.lower()
    return lowered in _PROXY_HEADERS or lowered.startswith(_PROXY_PREFIXES)


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in of one browser: `id` (64 hex digits), and `email` as reported by the identity provider."""

    id: str
    email: str | None
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Visitor:
    """What the transport shows about a client.

    `peer` is the remote end of the connection, None on a unix socket; `local_address` is our end. `hosts` are the Host
    headers as sent. `is_proxied` means that the request has a header that proxies add.
    """

    peer: str | None
    hosts: tuple[str, ...]
    is_proxied: bool
    local_address: str | None = None

    @property
    def host(self) -> Host | None:
        """The requested host; None if there is no Host header, more than one, or an invalid one."""
        return read_host(self.hosts[0]) if len(self.hosts) == 1 else None

    @property
    def is_this_machine(self) -> bool:
        """True when the request comes from this machine.

        A local proxy connects from here too, and its headers about the client may be missing or forged, so any
        trace of a proxy counts as another machine.
        """
        return not self.is_proxied and (self.peer is None or is_loopback(self.peer))

    @property
    def is_direct_and_local(self) -> bool:
        """True for a request from this machine to a loopback host, which excludes a proxy that adds no headers."""
        return self.is_this_machine and self.host is not None and self.host.is_loopback


class Verdict(Enum):
    """What the access rules say about a visitor."""

    ADMITTED = "admitted"
    NO_HOST = "no_host"
    OTHER_MACHINE = "other_machine"
    UNKNOWN_HOST = "unknown_host"


def is_public_address(address: str | None) -> bool:
    """True for an explicit listening address that others can reach; False for unix sockets and loopback."""
    if not address or address.startswith("unix://") or address.lower() == "localhost":
        return False
    return not is_loopback(address.strip("[]"))


@dataclass(frozen=True, slots=True)
class Access:
    """The access rules from the settings.

    `hosts` are the allowed host names: `name`, `name:port` or `*.name`. `public_host` and `public_path` are where
    providers reach us; `emails` are addresses, or `@domain` for a whole domain. The sites in `frame_ancestors` may
    embed our pages in a frame.
    """

    mode: str
    is_chosen: bool
    hosts: tuple[str, ...] = ()
    public_host: Host | None = None
    public_path: str = ""
    emails: tuple[str, ...] = ()
    frame_ancestors: tuple[str, ...] = ()

    @classmethod
    def of(cls, config: Config) -> Access:
        """The rules from these settings."""
        origin = config.origins.get("KAIMEDIA_ACCESS")
        return cls(
            mode=config.access,
            is_chosen=origin is not None and origin.source != "default",
            hosts=tuple(host.lower().rstrip(".") for host in config.allowed_hosts),
            public_host=read_host(urlsplit(config.public_url).netloc) if config.public_url else None,
            public_path=urlsplit(config.public_url).path.rstrip("/") if config.public_url else "",
            emails=tuple(email.lower() for email in config.allowed_emails),
            frame_ancestors=config.frame_ancestors,
        )

    def judge(self, visitor: Visitor) -> Verdict:
        """Whether this client may connect under this host name; sign-in and permissions are checked later."""
        host = visitor.host
        if host is None:
            return Verdict.NO_HOST
        if self.mode == LOCAL and not visitor.is_this_machine:
            return Verdict.OTHER_MACHINE
        if not self.allows_host(host, visitor.local_address):
            return Verdict.UNKNOWN_HOST
        return Verdict.ADMITTED

    def allows_host(self, host: Host, local_address: str | None) -> bool:
        """Whether requests for this host name are answered.

        Names that others control must never be allowed: their page could make such a name resolve to this machine
        (DNS rebinding). `local_address` is our end of the connection; an IP address cannot be rebound, so it is safe
        in modes that allow other machines. Listed names count only once an access mode is set.
        """
        if host.is_loopback or (self.is_chosen and _is_listed(host, self.hosts)):
            return True
        if self.mode == LOCAL:
            return False
        is_local_address = local_address is not None and host.name == _plain(local_address)
        return is_same_host(host, self.public_host) or is_local_address

    def is_callback_host(self, host: Host) -> bool:
        """Whether this is the host name providers send callbacks to."""
        return is_same_host(host, self.public_host)

    def warning_for(self, address: str | None) -> str | None:
        """The log warning if the server listens on an address others can reach and no access mode is set."""
        if self.is_chosen or not is_public_address(address):
            return None
        return (
            f"The app listens on {address}, where others can reach it, but KAIMEDIA_ACCESS is not set: it refuses "
            f"everyone except this machine. {HOW_TO_CHOOSE}"
        )

    def allows_email(self, email: str | None, *, is_verified: bool) -> bool:
        """Whether the user who signed in with this email address is on the list."""
        if not email or not is_verified or email.count("@") != 1:
            return False
        lowered = email.strip().lower()
        return lowered in self.emails or f"@{lowered.partition('@')[2]}" in self.emails


CLOSED = Access(LOCAL, is_chosen=False)


def _plain(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(getattr(ip, "ipv4_mapped", None) or ip)


def is_same_host(host: Host, other: Host | None) -> bool:
    """Whether both are the same host; no port, 80 and 443 count as the same port."""
    if other is None or host.name != other.name:
        return False
    return host.port == other.port or {host.port, other.port} <= {None, 80, 443}


def _is_listed(host: Host, patterns: Iterable[str]) -> bool:
    for pattern in patterns:
        listed = read_host(pattern.removeprefix("*."))
        if listed is None or listed.port not in (None, host.port):
            continue
        if host.name.endswith(f".{listed.name}") if pattern.startswith("*.") else host.name == listed.name:
            return True
    return False
