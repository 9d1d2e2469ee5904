"""Media over HTTP, in front of whatever else answers: only our names, only as what they are."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaimedia.errors import KaimediaError
from kaimedia.media import conditions, names, ranges
from kaimedia.media.local import LocalStorage

PREFIXES = ("/static/media/", "/app/static/media/")
PIECE_BYTES = 512 * 1024
KEPT = "private, max-age=31536000, immutable"
_GUARD_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class _BigPieces(FileResponse):
    """Each piece costs a trip to a worker thread: of a clip of 20 MB that is most of the work at 64 KB a piece."""

    chunk_size = PIECE_BYTES


class MediaFiles:
    """ASGI middleware for `/static/media/{name}` and `/app/static/media/{name}`.

    GET and HEAD with ranges, ETag and conditional requests. `?download=1` asks the browser to save the file
    under a readable name; `prompt_of` (called with the file name, on a worker thread) supplies the words.
    Whatever is not one of our names goes on to `app`: other files live under the same path.
    `folder` may be a function, asked at each request on a worker thread, for what opens later than the routes.
    `is_open_to` is asked with name, query and Authorization header, on a worker thread; False is a 403.
    """

    def __init__(
        self,
        app: ASGIApp,
        folder: Path | Callable[[], Path],
        prompt_of: Callable[[str], str | None] | None = None,
        is_open_to: Callable[[str, str, str], bool] | None = None,
    ) -> None:
        self._app = app
        self._folder = folder
        self._prompt_of = prompt_of
        self._is_open_to = is_open_to

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = _asked_name(scope)
        if name is None:
            await self._app(scope, receive, send)
            return
        response = await self._respond(name, scope)
        if isinstance(response, FileResponse) and response.stat_result is not None:
            scope = _with_readable_range(scope, response.stat_result.st_size)
        await response(scope, receive, _guarded(send))

    async def _respond(self, name: str, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("Method Not Allowed", 405, {"Allow": "GET, HEAD"})
        try:
            found = await run_in_threadpool(self._look, name, *_credentials(scope))
        except KaimediaError:  # the house could not be opened; the pages say why
            return PlainTextResponse("Service Unavailable", 503)
        if isinstance(found, Response):
            return found
        path, facts = found
        headers = {}
        is_shown = names.is_shown(name)
        if not is_shown or parse_qs(scope.get("query_string", b"").decode("latin-1")).get("download") == ["1"]:
            prompt = await run_in_threadpool(self._prompt_of, name) if self._prompt_of else None
            headers["Content-Disposition"] = content_disposition(prompt, name)
        response = _BigPieces(
            path, media_type=names.mime_of(name) if is_shown else names.OPAQUE_TYPE, stat_result=facts, headers=headers
        )
        kept = {key: response.headers[key] for key in ("etag", "last-modified")}
        match conditions.verdict(Headers(scope=scope), *kept.values()):
            case conditions.NOT_MODIFIED:
                return Response(status_code=304, headers=kept)
            case conditions.PRECONDITION_FAILED:
                return PlainTextResponse("Precondition Failed", 412)
        return response

    def _look(self, name: str, query: str, authorization: str) -> tuple[Path, os.stat_result] | Response:
        if self._is_open_to and not self._is_open_to(name, query, authorization):
            return PlainTextResponse("Forbidden", 403)
        return self._find(name) or PlainTextResponse("Not Found", 404)

    def _find(self, name: str) -> tuple[Path, os.stat_result] | None:
        folder = self._folder if isinstance(self._folder, Path) else self._folder()
        path = LocalStorage(folder).path(name)
        if path is None:
            return None
        try:
            facts = path.lstat()
        except FileNotFoundError:  # deleted this very moment
            return None
        return (path, facts) if stat.S_ISREG(facts.st_mode) else None


def content_disposition(prompt: str | None, name: str) -> str:
    """The header value that saves `name` under words of the prompt, in both spellings (RFC 6266, RFC 5987)."""
    plain = names.ascii_download_name(prompt, name)
    full = names.download_name(prompt, name)
    extended = "" if full == plain else f"; filename*=UTF-8''{quote(full, safe='')}"
    return f'attachment; filename="{plain}"{extended}'


def _asked_name(scope: Scope) -> str | None:
    """Our name in the path, None for anything else."""
    if scope["type"] != "http":
        return None
    path = str(scope.get("kaimedia.path", scope["path"]))  # below the base path, where there is one
    for prefix in PREFIXES:
        if path.startswith(prefix):
            name = path[len(prefix) :]
            return name if names.is_ours(name) else None
    return None


def _credentials(scope: Scope) -> tuple[str, str]:
    """Query and Authorization header of a request, "" where there is none."""
    return scope.get("query_string", b"").decode("latin-1"), Headers(scope=scope).get("authorization", "")


def _guarded(send: Send) -> Send:
    """Our headers on every answer; only answers about the file itself may be kept."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(_GUARD_HEADERS)
            headers["Cache-Control"] = KEPT if message["status"] in (200, 206, 304) else "no-store"
        await send(message)

    return guarded


def _with_readable_range(scope: Scope, size_bytes: int) -> Scope:
    """The request for Starlette, which answers odd ranges with 400: what is none asks for the whole file.

    Ranges are for GET alone.
    """
    given = Headers(scope=scope).getlist("range")
    if not given:
        return scope
    headers = [pair for pair in scope["headers"] if pair[0] != b"range"]
    readable = ranges.readable(given, size_bytes) if scope["method"] == "GET" else None
    if readable is not None:
        headers.append((b"range", readable.encode()))
    return {**scope, "headers": headers}
