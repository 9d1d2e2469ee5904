"""Signed links to the objects of an S3 bucket."""

from __future__ import annotations

import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from kaimedia.errors import ConfigError, StorageUnavailable
from kaimedia.media.names import OPAQUE_TYPE
from kaimedia.media.s3_signing import SigningKey, signed_url

_KEY_ID, _SECRET, _TOKEN = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"
_PLACEHOLDER = "placeholder"
CHECK_LIFE_S, CHECK_TIMEOUT_S = 60, 10.0


class S3Links:
    """Signs with the key of the settings; without one (a role of the machine), there are no links.

    `links_url` is the server's address for browsers, if it is another than for the app. No request is made.
    """

    def __init__(self, url: str, options: Mapping[str, str], links_url: str | None = None) -> None:
        self._url = url
        self._options = options
        self._links_url = links_url

    @property
    def origin(self) -> str | None:
        """Scheme, host and port of the links; None if there are none."""
        if self._key is None:
            return None
        parts = urlsplit(self._place[0])
        return f"{parts.scheme}://{parts.netloc}"

    def link(self, key: str, *, life_s: int, media_type: str, disposition: str | None = None) -> str | None:
        """See `Storage.signed_link`; `key` is the object's, below the URL."""
        if self._key is None:
            return None
        base, region = self._place
        reuse_s = max(1, life_s // 3)
        began = datetime.fromtimestamp(time.time() // reuse_s * reuse_s, UTC)
        query = {"response-content-type": media_type, "response-cache-control": f"private, max-age={life_s}"}
        if disposition is not None:
            query["response-content-disposition"] = disposition
        return signed_url(f"{base}{key}", region, self._key, at=began, life_s=life_s, query=query)

    def check(self, key: str, expected: bytes) -> None:
        """Check from this machine that a link to that object returns those bytes, if there are links.

        Raises:
            StorageUnavailable: it does not.
        """
        link = self.link(key, life_s=CHECK_LIFE_S, media_type=OPAQUE_TYPE)
        try:
            if link is None:
                return
            with urllib.request.urlopen(link, timeout=CHECK_TIMEOUT_S) as response:
                if response.read(len(expected) + 1) == expected:
                    return
                reason = "other bytes"
        except urllib.error.HTTPError as error:
            reason = f"status {error.code}"
        except (OSError, http.client.HTTPException):
            reason = "no response"
        raise StorageUnavailable(
            f"A signed link to {self.origin} does not work from this machine ({reason}).",
            next_step="Set KAIMEDIA_MEDIA_LINKS_URL to the address at which browsers reach the S3 server, check this "
            "machine’s clock, or set KAIMEDIA_MEDIA_LINKS=stream.",
        )

    @cached_property
    def _key(self) -> SigningKey | None:
        values = {name: self._options.get(name) or os.environ.get(name) for name in (_KEY_ID, _SECRET, _TOKEN)}
        key_id, secret = values[_KEY_ID], values[_SECRET]
        return SigningKey(key_id, secret, values[_TOKEN]) if key_id and secret else None

    @cached_property
    def _place(self) -> tuple[str, str]:
        """The URL that keys are appended to, and the region, as the library makes them for its own links.

        It is asked with another key, since its links cannot name the response's headers.
        """
        own = {**self._options, _KEY_ID: _PLACEHOLDER, _SECRET: _PLACEHOLDER}
        if self._links_url:
            own["AWS_ENDPOINT_URL"] = self._links_url
        config: Any = {name.lower(): value for name, value in own.items()}
        try:
            store = S3Store.from_url(self._url, client_options={"allow_http": True}, config=config)
            parts = urlsplit(obstore.sign(store, "GET", _PLACEHOLDER, timedelta(seconds=1)))
        except (BaseError, ValueError) as error:
            raise ConfigError(
                f"No links to {self._url} can be made ({type(error).__name__}).", setting="KAIMEDIA_MEDIA_LINKS_URL"
            ) from error
        region = parse_qs(parts.query)["X-Amz-Credential"][0].split("/")[2]
        return f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix(_PLACEHOLDER)}", region
