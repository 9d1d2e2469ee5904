"""A link as it is requested: unchanged, since it may be signed, except that invalid bytes are percent-encoded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

import idna

from kaimedia.errors import UnsafePath

URL_MAX_CHARS = 8192
HTTPS_PORT = 443
HTTP_PORT = 80

_LINK = re.compile(
    r"(?is)(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#\\\x00-\x20\x7f]*)(?P<rest>([/?][^#]*)?)(#.*)?"
)
_CONTROL = "".join(map(chr, range(0x21)))
# Everything a request target may contain unescaped (RFC 3986), and "%", left alone even where it is not an escape.
_SAFE = "!#$%&'()*+,-./:;=?@[]_~"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. `authority` is host and port as written, `path` the request target with its query."""

    scheme: str
    authority: str
    host: str  # lower case, ASCII, IPv6 without brackets
    port: int
    path: str

    @property
    def url(self) -> str:
        """The link as it is requested."""
        return f"{self.scheme}://{self.authority}{self.path}"


def read_target(url: str) -> Target:
    """Parse a link. Everything after the host stays byte for byte the same: a signature may cover it.

    Only spaces, control characters, quotes, backslashes and non-ASCII characters are percent-encoded there.

    Raises:
        UnsafePath: it cannot be parsed.
    """
    match = _LINK.fullmatch(url)
    if match is None or len(url) > URL_MAX_CHARS:
        raise UnsafePath("This link cannot be read." if "://" in url else "Links must start with https://.")
    scheme, authority = match["scheme"].lower(), match["authority"]
    try:
        parts = urlsplit(f"//{authority}")
        port = parts.port
        if not authority.isascii():
            host = idna.encode(parts.hostname or "", uts46=True).decode()
            authority = host if port is None else f"{host}:{port}"
            parts = urlsplit(f"//{authority}")
    except ValueError as error:  # idna's errors are ValueErrors too
        raise UnsafePath("This link cannot be read.") from error
    host = (parts.hostname or "").rstrip(".").lower()
    return Target(scheme, authority, host, port or default_port(scheme), _sendable(match["rest"]))


def redirected(base: Target, location: str) -> str:
    """The link a `Location` header points to; an absolute link is used unchanged, dot segments included."""
    location = location.strip(_CONTROL)
    if re.match(r"(?i)[a-z][a-z0-9+.-]*:", location):
        return location
    if location.startswith("//"):
        return f"{base.scheme}:{location}"
    origin = f"{base.scheme}://{base.authority}"
    if location.startswith("/"):
        return origin + location
    path, _, _ = base.path.partition("?")
    if location.startswith(("?", "#")) or not location:
        return origin + path + location
    relative = re.split(r"[?#]", location, maxsplit=1)[0]
    return f"{origin}{urljoin(path, relative)}{location[len(relative) :]}"


def default_port(scheme: str) -> int:
    """The default port of a scheme."""
    return HTTP_PORT if scheme == "http" else HTTPS_PORT


def _sendable(rest: str) -> str:
    target = quote(rest, safe=_SAFE, errors="replace")
    return target if target.startswith("/") else f"/{target}"
