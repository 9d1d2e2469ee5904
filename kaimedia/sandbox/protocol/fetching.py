"""The sandbox's own HTTP requests: fetching links on this machine, posting callbacks."""

from __future__ import annotations

import http.client
import ipaddress
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import urlsplit


class Unreachable(Exception):
    """The URL returned nothing usable."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def is_loopback(url: str) -> bool:
    """True for links to this machine, the only ones the sandbox fetches."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return False


def fetch(url: str, *, timeout_s: float, limit_bytes: int) -> bytes:
    """The bytes behind a loopback link; redirects are not followed.

    Raises:
        Unreachable: not loopback, no response, an error status, or more bytes than the limit.
    """
    if not is_loopback(url):
        raise Unreachable("only links on this machine are fetched")
    try:
        with _opener.open(url, timeout=timeout_s) as reply:
            content: bytes = reply.read(limit_bytes + 1)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise Unreachable(str(error)) from error
    if len(content) > limit_bytes:
        raise Unreachable("too large")
    return content


def post(url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float) -> int:
    """Post JSON once; returns the HTTP status.

    Raises:
        Unreachable: no response came.
    """
    request = urllib.request.Request(
        url, data=body, headers={"Content-Type": "application/json", **headers}, method="POST"
    )
    try:
        with _opener.open(request, timeout=timeout_s) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise Unreachable(str(error)) from error
