"""HTTP sessions without proxies, netrc, certificates from the environment, cookies or repeats by themselves."""

from __future__ import annotations

import encodings.idna  # noqa: F401 - else imported by the first connection, when no file descriptor may be left
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from kaimedia.providers.http.deadline import POOLS

JSON = "application/json"
FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError)  # what an exchange without a reply raises


def new_session() -> requests.Session:
    """A session that asks for JSON. Inside `deadline.limited`, its exchanges keep to the attempt's time limit.

    Pass `allow_redirects=False` and `stream=True` to `request`: a redirect would be followed with the key.
    """
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update({"Accept": JSON, "Accept-Encoding": "identity", "User-Agent": "kaimedia"})
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(max_retries=0))
    return session


def is_timeout(error: Exception) -> bool:
    """True if the exchange ended because of a time limit."""
    return isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError)


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS
