"""Download one link into a file: streamed, hashed, with limits on size and total time."""

from __future__ import annotations

import hashlib
import http.client
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as LibraryTimeout

from kaimedia.errors import FetchFailed, KaimediaError, ResultExpired, UnsafePath
from kaimedia.media import framing
from kaimedia.media.address import AddressGuard
from kaimedia.media.coding import undo_codings
from kaimedia.media.deadline import Deadline
from kaimedia.media.durable import disk_errors
from kaimedia.media.size_limits import MaxBytes, SizeLimit
from kaimedia.media.target import HTTP_PORT, Target, default_port, read_target, redirected

MAX_REDIRECTS = 3
CHUNK_BYTES = 256 * 1024
LONGEST_S = 6 * 3600.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({403, 404, 410})
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "kaimedia", "Connection": "close"}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A finished download. `content_type` is the server's claim, lower case, without parameters; may be empty.

    `is_complete` is False when the body was shorter than declared, or the connection broke.
    """

    sha256: str
    size_bytes: int
    content_type: str
    final_url: str
    is_complete: bool = True


def fetch(
    url: str,
    dest: Path,
    *,
    max_bytes: int | SizeLimit,
    trusted_hosts: Iterable[str] = (),
    connect_timeout_s: float = 5.0,
    read_timeout_s: float = 30.0,
    total_timeout_s: float = 600.0,
    slowest_bytes_per_s: float | None = None,
    allow_partial: bool = False,
) -> Fetched:
    """Download `url` into `dest`, synced to the disk; on any error `dest` is removed.

    The link is sent byte for byte (see `read_target`). Up to three redirects are followed, and each address is
    checked; a plain http link is fetched over https unless its host is trusted. The body's bytes take precedence
    over its headers: a coding is undone only where there is one, and an invalid length is ignored.
    With `allow_partial` a truncated body is returned, `is_complete` False. With `slowest_bytes_per_s` the time limit
    grows with the bytes received, at that rate, up to `LONGEST_S`: a large file may take long, a stalling one not.

    Raises:
        UnsafePath: the link or a redirect points to an address that is not allowed; it was not connected to.
        ResultExpired: 403, 404 or 410.
        TooLarge: more than `max_bytes`, declared or real, decoded or not.
        FetchFailed: any other failure of the server or network; may be retried.
        StorageFull: no space left on the disk, or within the limit.
    """
    guard = AddressGuard(trusted_hosts, connect_timeout_s=connect_timeout_s)
    limit = MaxBytes(max_bytes) if isinstance(max_bytes, int) else max_bytes
    try:
        with Deadline(total_timeout_s) as deadline:
            exchange = _Exchange(guard, deadline, limit, read_timeout_s, total_timeout_s, slowest_bytes_per_s)
            fetched, codings = exchange.run(url, dest)
        if not fetched.is_complete and not allow_partial:
            raise FetchFailed(_timed_out(deadline.total_s) if deadline.is_over else "The file arrived incomplete.")
        return _decoded(dest, fetched, codings, limit)
    except KaimediaError:
        dest.unlink(missing_ok=True)
        raise


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One download with its limits."""

    guard: AddressGuard
    deadline: Deadline
    limit: SizeLimit
    read_timeout_s: float
    total_timeout_s: float
    slowest_bytes_per_s: float | None

    def run(self, url: str, dest: Path) -> tuple[Fetched, list[str]]:
        """Write the raw body to `dest`; returns its facts and the codings its headers claim."""
        with self._network_errors():
            target, connection, response = self._follow(url)
            try:
                declared = self._declared(response)
                sha256, size_bytes, broke_off = self._copy(response, dest)
            finally:
                response.close()
                connection.close()
            if not size_bytes:
                raise FetchFailed("The link returned an empty file.")
        claim = (response.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        is_complete = not broke_off and (not declared or size_bytes in declared)
        codings = framing.listed(response, "Content-Encoding") + framing.listed(response, "Transfer-Encoding")
        codings = [name for name in codings if name not in ("identity", "chunked")]
        return Fetched(sha256, size_bytes, claim, target.url, is_complete), codings

    def _follow(self, url: str) -> tuple[Target, HTTPConnection, http.client.HTTPResponse]:
        for _ in range(MAX_REDIRECTS + 1):
            target, was_plain = self._secured(read_target(url))
            self.guard.check_url(target.url)
            connection = self.guard.connection(target, self.deadline)
            try:
                response = self._request(connection, target)
            except (HTTPError, http.client.HTTPException, OSError) as error:
                connection.close()
                if was_plain:
                    raise FetchFailed(_HTTP_ONLY) from error
                raise
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or not location:
                return target, connection, response
            response.close()
            connection.close()
            url = redirected(target, _as_text(location))
        raise FetchFailed(f"The link was redirected more than {MAX_REDIRECTS} times.")

    def _secured(self, target: Target) -> tuple[Target, bool]:
        """The target over https, and whether the link was plain http; a trusted host keeps plain http."""
        if target.scheme != "http" or self.guard.is_trusted(target.host, target.port):
            return target, False
        authority = target.authority.removesuffix(f":{HTTP_PORT}")
        return read_target(f"https://{authority}{target.path}"), True

    def _request(self, connection: HTTPConnection, target: Target) -> http.client.HTTPResponse:
        """The response with its headers read; urllib3's own response class would reject unusual headers."""
        connection.connect()
        connection.sock.settimeout(self.read_timeout_s)
        connection.request("GET", target.path, headers={"Host": _host_header(target), **_HEADERS})
        return http.client.HTTPConnection.getresponse(connection)

    def _declared(self, response: http.client.HTTPResponse) -> frozenset[int]:
        status = response.status
        if status in _GONE:
            raise ResultExpired(f"The link is no longer valid (HTTP {status}).")
        if status not in (200, 203) and not (status == 206 and framing.is_everything(response)):
            raise FetchFailed(f"The link returned HTTP {status}.")
        declared = framing.frame(response)
        if declared:
            self.limit.announce(min(declared))
        return declared

    def _copy(self, response: http.client.HTTPResponse, dest: Path) -> tuple[str, int, bool]:
        """Returns SHA-256 (hex) and size in bytes of what was written, and whether the connection broke."""
        digest = hashlib.sha256()
        size_bytes = 0
        broke_off = False
        with disk_errors(), dest.open("wb") as file:
            while not self.deadline.is_over:
                try:
                    chunk = response.read1(CHUNK_BYTES)
                except (http.client.HTTPException, ValueError, OSError) as error:
                    if not size_bytes:
                        raise FetchFailed(_reason(error)) from error
                    broke_off = True
                    break
                if not chunk:
                    break
                size_bytes += len(chunk)
                self.limit.grow(size_bytes)
                self._allow_time_for(size_bytes)
                digest.update(chunk)
                file.write(chunk)
            # a connection shut down by the deadline looks like the end of the file
            broke_off = broke_off or self.deadline.is_over
            file.flush()
            os.fsync(file.fileno())
        return digest.hexdigest(), size_bytes, broke_off

    def _allow_time_for(self, size_bytes: int) -> None:
        if self.slowest_bytes_per_s is not None:
            self.deadline.extend(min(LONGEST_S, self.total_timeout_s + size_bytes / self.slowest_bytes_per_s))

    @contextmanager
    def _network_errors(self) -> Iterator[None]:
        """Translate network errors; the link itself may carry a signature, so it never appears in them."""
        try:
            yield
        except (HTTPError, http.client.HTTPException, OSError, FetchFailed) as error:
            if self.deadline.is_over:
                raise FetchFailed(_timed_out(self.deadline.total_s)) from error
            if isinstance(error, FetchFailed):
                raise
            raise FetchFailed(_reason(error)) from error


_HTTP_ONLY = (
    "The link is plain http, and its host does not support https. Files are not fetched over connections that "
    "others could tamper with."
)


def _timed_out(total_timeout_s: float) -> str:
    return f"The file did not arrive within {total_timeout_s:.0f} seconds."


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError | LibraryTimeout):
        return "The link did not respond in time."
    return "The connection to the link failed."


def _host_header(target: Target) -> str:
    """Host and port as written in the link; the scheme's default port is omitted, as browsers do."""
    return target.authority.removesuffix(f":{default_port(target.scheme)}")


def _as_text(location: str) -> str:
    """Headers arrive as Latin-1; non-ASCII links in them are UTF-8."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except ValueError as error:
        raise UnsafePath("The link was redirected to an unreadable link.") from error


def _decoded(dest: Path, fetched: Fetched, codings: list[str], limit: SizeLimit) -> Fetched:
    """Undo the content codings of a download; the returned facts are those of the decoded content."""
    if not undo_codings(dest, codings, limit):
        return fetched
    with disk_errors(), dest.open("rb+") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return replace(fetched, sha256=sha256, size_bytes=dest.stat().st_size)
