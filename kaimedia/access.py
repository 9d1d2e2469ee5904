"""Who may use it: the access mode, the names it answers under, and who is let in by login."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from kaimedia.config import Config

LOCAL, LOGIN, OPEN = "local", "login", "open"
HOW_TO_CHOOSE = (
    "Set KAIMEDIA_ACCESS to “login” (people on a list sign in) or “open” (everybody who reaches it may use it and "
    "spend its credits), and KAIMEDIA_ALLOWED_HOSTS to the host name it is reached under, then reboot the app. "
    "To use it on this machine only, open it there as localhost, without a proxy in between."
)
# Proxies set these; a browser or a program that calls directly does not.
_PROXY_HEADERS = frozenset(
    {
        *("forwarded", "via", "x-real-ip", "true-client-ip", "x-client-ip", "x-cluster-client-ip", "x-scheme"),
        *("fly-client-ip", "fastly-client-ip", "x-envoy-external-address", "x-amzn-trace-id", "front-end-https"),
    }
)
_PROXY_PREFIXES = ("x-forwarded", "x-original-", "cf-")
_HOST = re.compile(
    r"(?:\[(?P<ipv6>[0-9a-f:.]{2,45})\]|(?P<name>[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?))(?::(?P<port>[0-9]{1,5}))?"
)


@dataclass(frozen=True, slots=True)
class Host:
    """A host name (lower case, no brackets) and the port, when one was given."""

    name: str
    port: int | None

    @property
    def is_loopback(self) -> bool:
        """True for `localhost` and loopback addresses."""
        return self.name == "localhost" or is_loopback(self.name)


def read_host(text: str) -> Host | None:
    """What a Host header or the network part of an address names; None when it is no such thing."""
    match = _HOST.fullmatch(text.strip().lower())
    if match is None or (match["ipv6"] and ":" not in match["ipv6"]):
        return None
    port = int(match["port"]) if match["port"] else None
    return Host(match["ipv6"] or match["name"], port) if port is None or 0 < port < 65536 else None


def is_loopback(address: str) -> bool:
    """True for an address of this very machine, IPv4 in IPv6 included; False for names."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return bool((mapped or ip).is_loopback)


def is_proxy_header(name: str) -> bool:
    """True for a request header (any case) that only a proxy adds."""
    lowered = name.lower()
    return lowered in _PROXY_HEADERS or lowered.startswith(_PROXY_PREFIXES)


@dataclass(frozen=True, slots=True)
class SignIn:
    """One signing in by one browser: `id` (64 hex digits) names it, `email` is what the provider said."""

    id: str
    email: str | None
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who calls, as far as the transport shows it.

    `peer` is the other end of the connection, None on a unix socket; `own_address` is ours. `hosts` are the Host
    headers as sent. `is_proxied` says that a header of the call was added by a proxy.
    """

    peer: str | None
    hosts: tuple[str, ...]
    is_proxied: bool
    own_address: str | None = None

    @property
    def host(self) -> Host | None:
        """The one host that is named; None when none or several are, or what is named is no host."""
        return read_host(self.hosts[0]) if len(self.hosts) == 1 else None

    @property
    def is_this_machine(self) -> bool:
        """True when the call starts on this machine.

        A proxy's own connection is from here too, and what it says about the visitor can be forgotten or made up:
        any trace of a proxy counts as another machine.
        """
        return not self.is_proxied and (self.peer is None or is_loopback(self.peer))

    @property
    def is_at_home(self) -> bool:
        """True when the call starts here and names a loopback host, as a proxy without headers would not."""
        return self.is_this_machine and self.host is not None and self.host.is_loopback


class Verdict(Enum):
    """What the access rules say about a visitor."""

    ADMITTED = "admitted"
    NO_HOST = "no_host"
    OTHER_MACHINE = "other_machine"
    UNKNOWN_HOST = "unknown_host"


def is_public_address(address: str | None) -> bool:
    """True for a listening address, given on purpose, that others can reach; unix sockets and loopback are not."""
    if not address or address.startswith("unix://") or address.lower() == "localhost":
        return False
    return not is_loopback(address.strip("[]"))


@dataclass(frozen=True, slots=True)
class Access:
    """The rules of the doors, as the settings give them.

    `hosts` are names the owner gave: `name`, `name:port` or `*.name`. `public_host` and `public_path` are where
    kie.ai reaches us; `emails` are addresses, or `@domain` for all of a domain. Pages of the sites in
    `frame_ancestors` may show ours in a frame.
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
        """The rules these settings give."""
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
        """Whether this visitor may speak to it under this host name; who may see what is decided after that."""
        host = visitor.host
        if host is None:
            return Verdict.NO_HOST
        if self.mode == LOCAL and not visitor.is_this_machine:
            return Verdict.OTHER_MACHINE
        if not self.answers_to(host, visitor.own_address):
            return Verdict.UNKNOWN_HOST
        return Verdict.ADMITTED

    def answers_to(self, host: Host, own_address: str | None) -> bool:
        """Whether it may be spoken to under this name.

        Names that others control must never be among them: a page of theirs could have that name resolve to this
        machine. `own_address` is our end of the connection; an address cannot be re-pointed, so it is safe to
        answer to where others are let in at all. Listed names count once an access mode is chosen.
        """
        if host.is_loopback or (self.is_chosen and _is_listed(host, self.hosts)):
            return True
        if self.mode == LOCAL:
            return False
        return is_same_host(host, self.public_host) or (own_address is not None and host.name == _plain(own_address))

    def is_public_door(self, host: Host) -> bool:
        """Whether this is the name kie.ai calls us under."""
        return is_same_host(host, self.public_host)

    def warning_for(self, address: str | None) -> str | None:
        """What the log says when the server listens there, where others reach it, and nobody chose who may use it."""
        if self.is_chosen or not is_public_address(address):
            return None
        return (
            f"The app listens on {address}, where others can reach it, and KAIMEDIA_ACCESS is not set: it refuses "
            f"everybody but this machine. {HOW_TO_CHOOSE}"
        )

    def lets_in(self, email: str | None, *, is_verified: bool) -> bool:
        """Whether the person who signed in with this address is on the list."""
        if not email or not is_verified or email.count("@") != 1:
            return False
        given = email.strip().lower()
        return given in self.emails or f"@{given.partition('@')[2]}" in self.emails


CLOSED = Access(LOCAL, is_chosen=False)


def _plain(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(getattr(ip, "ipv4_mapped", None) or ip)


def is_same_host(host: Host, other: Host | None) -> bool:
    """Whether both name the same place; no port and the web's own ports count as the same."""
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
