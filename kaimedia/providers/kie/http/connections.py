"""Connections that report when they are established, and read within their attempt's time limit."""

from __future__ import annotations

from collections.abc import Mapping

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from kaimedia.providers.kie.http.deadline import TimedResponse, mark_connected


class _PlainConnection(HTTPConnection):
    response_class = TimedResponse

    def connect(self) -> None:
        super().connect()
        mark_connected()


class _SecureConnection(HTTPSConnection):
    response_class = TimedResponse

    def connect(self) -> None:
        super().connect()
        mark_connected()


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


POOLS: Mapping[str, type[urllib3.HTTPConnectionPool]] = {"http": _PlainPool, "https": _SecurePool}
