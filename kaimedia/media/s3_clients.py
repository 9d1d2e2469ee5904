"""Clients for an S3 bucket, with the timeouts that each use needs."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from obstore.exceptions import BaseError
from obstore.store import S3Store

from kaimedia.errors import ConfigError

MIB = 1024**2
READ_TIMEOUT_S = 10.0
RETRY_S = 30.0
FIRST_S = 60.0  # for the server's answer, whatever the size
SLOWEST_BYTES_PER_S = 12_500  # of one upload; two at once on an uplink of 0.25 Mbit/s are faster than that
CHECKSUM = "AWS_CHECKSUM_ALGORITHM"


def upload_timeout_s(size_bytes: int) -> float:
    """How long one request with a body of that size may take: the client's timeout includes sending the body."""
    return FIRST_S + size_bytes / SLOWEST_BYTES_PER_S


class S3Clients:
    """Opens clients for `url`; `options` are AWS_… settings, others come from the environment.

    Raises:
        ConfigError: the bucket cannot be used with these settings.
    """

    def __init__(self, url: str, options: Mapping[str, str]) -> None:
        self._url = url
        self._options = options
        self._guard = threading.Lock()
        self._uploads: dict[int, S3Store] = {}  # by MiB
        self.reading = self._opened(read_timeout_s=READ_TIMEOUT_S, retry_s=RETRY_S)

    def uploading(self, size_bytes: int) -> S3Store:
        """A client for requests whose body has at most that size."""
        mib = max(1, -(-size_bytes // MIB))
        with self._guard:
            if mib not in self._uploads:
                timeout_s = upload_timeout_s(mib * MIB)
                self._uploads[mib] = self._opened(read_timeout_s=timeout_s, retry_s=timeout_s)
            return self._uploads[mib]

    def _opened(self, *, read_timeout_s: float, retry_s: float) -> S3Store:
        client: Any = {
            "allow_http": True,
            "connect_timeout": timedelta(seconds=5),
            "read_timeout": timedelta(seconds=read_timeout_s),
            "timeout": timedelta(days=1),  # of a whole response, which may be a video for a slow reader
        }
        retry: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=retry_s)}
        checksum = {} if CHECKSUM in os.environ else {CHECKSUM: "SHA256"}  # the server compares it with the bytes
        config: Any = {name.lower(): value for name, value in {**checksum, **self._options}.items()}
        try:
            return S3Store.from_url(self._url, client_options=client, retry_config=retry, config=config)
        except (BaseError, ValueError) as error:
            raise ConfigError(
                f"The bucket {self._url} cannot be used ({type(error).__name__}).",
                setting="KAIMEDIA_MEDIA_URL",
                next_step="Check KAIMEDIA_MEDIA_URL and the AWS_… settings.",
            ) from error
