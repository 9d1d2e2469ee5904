"""Serves Streamlit's scripts and styles compressed; Streamlit itself sends them as they are."""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
from collections.abc import Callable
from email.utils import format_datetime
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaimedia.web import conditions
from kaimedia.web.base_path import inner_path
from kaimedia.web.compressed_copies import CompressedCopies, CompressedCopy

TYPES = {".js": "application/javascript", ".css": "text/css; charset=utf-8"}
CACHED = "public, immutable, max-age=31536000"  # as Streamlit: the names contain a hash
PREFIX = "/static/"


def installed(data_folder: Callable[[], Path | None]) -> CompressedCopies | None:
    """The files of the installed Streamlit; None where it keeps them elsewhere than expected.

    Copies are kept in the data folder, by Streamlit's version.
    """
    found = importlib.util.find_spec("streamlit")
    root = Path(found.origin).parent / "static" if found is not None and found.origin else None
    if root is None or not (root / "static").is_dir():
        return None
    version = importlib.metadata.version("streamlit")

    def saved_in() -> Path | None:
        folder = data_folder()
        return folder / "compressed" / f"streamlit-{version}" if folder is not None else None

    return CompressedCopies(root, saved_in)


class FrameworkFiles:
    """ASGI middleware; requests for ranges, and those that accept no coding, are left to Streamlit."""

    def __init__(self, app: ASGIApp, copies: CompressedCopies | None) -> None:
        self._app = app
        self._copies = copies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        name = _name_of(scope)
        if self._copies is None or name not in self._copies:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        copy = None
        if "range" not in headers and (codings := accepted(headers.get("accept-encoding", ""))):
            copy = await asyncio.to_thread(self._copies.get, name, codings)
        if copy is None:
            await self._app(scope, receive, _varying(send))
            return
        await _response(copy, name, headers, is_head=scope["method"] == "HEAD")(scope, receive, send)


def accepted(header: str) -> frozenset[str]:
    """The codings of `CompressedCopies` that an Accept-Encoding header allows (RFC 9110, 12.5.3)."""
    weights: dict[str, bool] = {}
    for part in header.lower().split(","):
        coding, _, weight = (text.strip() for text in part.partition(";"))
        number = weight.removeprefix("q=").strip()
        weights[coding] = not (weight.startswith("q=") and not number.strip("0."))
    return frozenset(coding for coding in ("br", "gzip") if weights.get(coding, weights.get("*", False)))


def _name_of(scope: Scope) -> str:
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return ""
    path = inner_path(scope)
    return path.removeprefix("/") if path.startswith(PREFIX) else ""


def _response(copy: CompressedCopy, name: str, request: Headers, *, is_head: bool) -> Response:
    modified = format_datetime(copy.modified_at, usegmt=True)
    headers = {"cache-control": CACHED, "etag": copy.etag, "last-modified": modified, "vary": "Accept-Encoding"}
    status = conditions.verdict(request, copy.etag, modified)
    if status is not None:
        return Response(status_code=status, headers=headers)
    headers |= {"content-encoding": copy.coding, "content-length": str(len(copy.content))}
    headers["content-type"] = TYPES[Path(name).suffix]
    return Response(b"" if is_head else copy.content, headers=headers)


def _varying(send: Send) -> Send:
    """Marks the answer, for caches, as dependent on the codings that a browser accepts."""

    async def varying(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(raw=message["headers"]).add_vary_header("Accept-Encoding")
        await send(message)

    return varying
