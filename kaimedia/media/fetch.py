"""Download one link into a file: streamed, capped, hashed, within a total time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError

from kaimedia.errors import FetchFailed, KaimediaError, ResultExpired, TooLarge, UnsafePath
from kaimedia.media.address import AddressGuard
from kaimedia.media.deadline import Deadline
from kaimedia.media.durable import disk_errors

MAX_REDIRECTS = 3
CHUNK_BYTES = 256 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({403, 404, 410})
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "kaimedia", "Connection": "close"}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What arrived. `content_type` is the sender's claim, lower case, without parameters; may be empty."""

    sha256: str
    size_bytes: int
    content_type: str
    final_url: str


class _GuardedAdapter(HTTPAdapter):
    """Used without a session: no proxies, credentials or certificates from the environment, no cookies."""

    def __init__(self, pools: dict[str, type[HTTPConnectionPool]]) -> None:
        self._pools = pools
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools


def fetch(
    url: str,
    dest: Path,
    *,
    max_bytes: int,
    trusted_hosts: Iterable[str] = (),
    connect_timeout_s: float = 5.0,
    read_timeout_s: float = 30.0,
    total_timeout_s: float = 600.0,
) -> Fetched:
    """Download `url` into `dest`, synced to the disk; on any error `dest` is removed.

    Up to three redirects are followed, each address checked anew. The body must come unencoded, within
    `max_bytes`, and be as long as declared.

    Raises:
        UnsafePath: the link or a redirect leads where we do not go; nothing was connected to.
        ResultExpired: 403, 404 or 410.
        TooLarge: more than `max_bytes`, declared or real.
        FetchFailed: anything else the other side did wrong; may be tried again.
        StorageFull: no room left.
    """
    guard = AddressGuard(trusted_hosts, connect_timeout_s=connect_timeout_s)
    try:
        with Deadline(total_timeout_s) as deadline, _weather(deadline, total_timeout_s):
            adapter = _GuardedAdapter(guard.pool_classes(deadline))
            try:
                response = _follow(adapter, guard, url, (connect_timeout_s, read_timeout_s))
                with response:
                    declared_bytes = _check_headers(response, max_bytes)
                    sha256, size_bytes = _copy(response.raw, dest, max_bytes, deadline)
                    if declared_bytes is not None and size_bytes != declared_bytes:
                        raise FetchFailed("The file arrived incomplete.")
                    if not size_bytes:
                        raise FetchFailed("The link gave an empty file.")
                    claim = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                    return Fetched(sha256, size_bytes, claim, response.url)
            finally:
                adapter.close()
    except KaimediaError:
        dest.unlink(missing_ok=True)
        raise


@contextmanager
def _weather(deadline: Deadline, total_timeout_s: float) -> Iterator[None]:
    """Network failures in our own words; the link itself, perhaps signed, is never repeated in them."""
    try:
        yield
    except (requests.RequestException, HTTPError, FetchFailed) as error:
        if deadline.is_over:
            raise FetchFailed(f"The file did not arrive within {total_timeout_s:.0f} seconds.") from error
        if isinstance(error, FetchFailed):
            raise
        if isinstance(error, requests.exceptions.Timeout):
            raise FetchFailed("The link did not answer in time.") from error
        raise FetchFailed("The connection to the link failed or broke off.") from error


def _follow(adapter: HTTPAdapter, guard: AddressGuard, url: str, timeout_s: tuple[float, float]) -> requests.Response:
    for _ in range(MAX_REDIRECTS + 1):
        guard.check_url(url)
        try:
            request = requests.Request("GET", url, headers=_HEADERS).prepare()
        except (requests.RequestException, ValueError) as error:
            raise UnsafePath("This link cannot be read.") from error
        # the parser that connects has the last word on what the link says
        guard.check_url(request.url or "")
        response = adapter.send(request, stream=True, timeout=timeout_s)
        target = response.headers.get("Location")
        if response.status_code not in _REDIRECTS or not target:
            return response
        response.close()
        url = _redirect_target(request.url or "", target)
    raise FetchFailed(f"The link was redirected more than {MAX_REDIRECTS} times.")


def _redirect_target(url: str, target: str) -> str:
    try:
        # headers arrive as Latin-1, links in them are UTF-8 where they are not ASCII
        joined = urljoin(url, target.encode("latin-1").decode("utf-8"))
        return urlsplit(joined)._replace(fragment="").geturl()
    except ValueError as error:
        raise UnsafePath("The link was redirected to one that cannot be read.") from error


def _check_headers(response: requests.Response, max_bytes: int) -> int | None:
    """The declared length in bytes, None when none is declared."""
    status = response.status_code
    if status in _GONE:
        raise ResultExpired(f"The link is no longer valid (HTTP {status}).")
    if status != 200:
        raise FetchFailed(f"The link answered with HTTP {status}.")
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise FetchFailed("The file came compressed, although it was asked for as it is.")
    if "chunked" in response.headers.get("Transfer-Encoding", "").lower():
        return None
    declared = response.headers.get("Content-Length", "").strip()
    if not declared:
        return None
    if not (declared.isascii() and declared.isdigit()):
        raise FetchFailed("The link declared a length that is no number.")
    if int(declared) > max_bytes:
        raise _too_large(max_bytes)
    return int(declared)


def _copy(raw: Any, dest: Path, max_bytes: int, deadline: Deadline) -> tuple[str, int]:
    """Hash (hex) and length in bytes of what was written."""
    digest = hashlib.sha256()
    size_bytes = 0
    with disk_errors(), dest.open("wb") as file:
        while chunk := raw.read1(CHUNK_BYTES, decode_content=False):
            if deadline.is_over:
                break
            size_bytes += len(chunk)
            if size_bytes > max_bytes:
                raise _too_large(max_bytes)
            digest.update(chunk)
            file.write(chunk)
        if deadline.is_over:  # an ended connection looks like the end of the file
            raise FetchFailed("The file did not arrive in time.")
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size_bytes


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(f"The file is larger than {max_bytes // (1024 * 1024)} MB.")
