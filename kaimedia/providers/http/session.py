"""HTTP exchanges without proxies, netrc, certificates from the environment, cookies, redirects or repeats."""

from __future__ import annotations

import encodings.idna  # noqa: F401 - else imported by the first connection, when no file descriptor may be left
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import urllib3
from requests.adapters import DEFAULT_CA_BUNDLE_PATH

from kaimedia.providers.http.deadline import POOLS, Attempt, TimedBody, limited

JSON = "application/json"
FAILURES = (urllib3.exceptions.HTTPError,)  # what an exchange without a reply raises
_HEADERS = {"Accept": JSON, "Accept-Encoding": "identity", "User-Agent": "kaimedia"}
_MAX_IDLE_CONNECTIONS = 32


def new_pool() -> urllib3.PoolManager:
    """Connections for `exchange`, kept open between two of them until `clear`. Thread-safe."""
    pool = urllib3.PoolManager(
        maxsize=_MAX_IDLE_CONNECTIONS, cert_reqs="CERT_REQUIRED", ca_certs=DEFAULT_CA_BUNDLE_PATH
    )
    pool.pool_classes_by_scheme = dict(POOLS)
    return pool


@contextmanager
def exchange(
    pool: urllib3.PoolManager,
    attempt: Attempt,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes | TimedBody | None = None,
    connect_timeout_s: float,
    read_timeout_s: float,
) -> Iterator[urllib3.BaseHTTPResponse]:
    """Ask once for JSON; the block reads the body. All of it keeps to the attempt's time limit.

    Raises:
        FAILURES: there is no reply, or, inside the block, no complete one.
    """
    length = {} if body is None else {"Content-Length": str(len(body))}
    timeout = urllib3.Timeout(attempt.at_most_s(connect_timeout_s), attempt.at_most_s(read_timeout_s))
    with limited(attempt):
        response = pool.urlopen(
            method,
            url,
            body=body,
            headers={**_HEADERS, **length, **headers},
            timeout=timeout,
            retries=False,
            redirect=False,  # it would be followed with the key
            preload_content=False,
        )
        try:
            yield response
        finally:
            response.close()  # also the connection, unless the body was read to its end


def is_timeout(error: Exception) -> bool:
    """True if the exchange ended because of a time limit."""
    return isinstance(error, urllib3.exceptions.TimeoutError)
