"""Media over HTTP: serves only files with names we generate, with their actual type."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaimedia.errors import KaimediaError
from kaimedia.media import names
from kaimedia.media.local import LocalStorage
from kaimedia.web import conditions

PREFIXES = ("/static/media/", "/app/static/media/")
CHUNK_BYTES = 512 * 1024
IMMUTABLE = "private, max-age=31536000, immutable"
_GUARD_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class _LargeChunks(FileResponse):
    """Larger chunks: each costs a switch to a worker thread, most of the work for a 20 MB video at 64 KB."""

    chunk_size = CHUNK_BYTES


class MediaFiles:
    """ASGI middleware for `/static/media/{name}` and `/app/static/media/{name}`.

    GET and HEAD with ranges, ETag and conditional requests. `?download=1` makes the browser save the file under a
    readable name made from the prompt (`prompt_of`, called with the file name). Requests for other names are passed
    to `app`, which has more files under the same path. `folder` may be a function, for folders only known later.
    `is_open_to` is called with name, query and Authorization header; False gives 403. All functions are called on a
    worker thread.
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
        name = _requested_name(scope)
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
            found = await run_in_threadpool(self._locate, name, *_credentials(scope))
        except KaimediaError:  # the app could not be opened; the pages show the reason
            return PlainTextResponse("Service Unavailable", 503)
        if isinstance(found, Response):
            return found
        path, facts = found
        headers = {}
        is_shown = names.is_shown(name)
        if not is_shown or parse_qs(scope.get("query_string", b"").decode("latin-1")).get("download") == ["1"]:
            prompt = await run_in_threadpool(self._prompt_of, name) if self._prompt_of else None
            headers["Content-Disposition"] = content_disposition(prompt, name)
        response = _LargeChunks(
            path, media_type=names.mime_of(name) if is_shown else names.OPAQUE_TYPE, stat_result=facts, headers=headers
        )
        validators = {key: response.headers[key] for key in ("etag", "last-modified")}
        match conditions.verdict(Headers(scope=scope), *validators.values()):
            case conditions.NOT_MODIFIED:
                return Response(status_code=304, headers=validators)
            case conditions.PRECONDITION_FAILED:
                return PlainTextResponse("Precondition Failed", 412)
        return response

    def _locate(self, name: str, query: str, authorization: str) -> tuple[Path, os.stat_result] | Response:
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
        except FileNotFoundError:  # just deleted
            return None
        return (path, facts) if stat.S_ISREG(facts.st_mode) else None


def content_disposition(prompt: str | None, name: str) -> str:
    """The header to save `name` under a name made from the prompt, in both encodings (RFC 6266, RFC 5987)."""
    plain = names.ascii_download_name(prompt, name)
    full = names.download_name(prompt, name)
    extended = "" if full == plain else f"; filename*=UTF-8''{quote(full, safe='')}"
    return f'attachment; filename="{plain}"{extended}'


def _requested_name(scope: Scope) -> str | None:
    """Our name in the path, None for anything else."""
    if scope["type"] != "http":
        return None
    path = str(scope.get("kaimedia.path", scope["path"]))  # below the base path, if any
    for prefix in PREFIXES:
        if path.startswith(prefix):
            name = path[len(prefix) :]
            return name if names.is_ours(name) else None
    return None


def _credentials(scope: Scope) -> tuple[str, str]:
    """Query and Authorization header of a request, "" if missing."""
    return scope.get("query_string", b"").decode("latin-1"), Headers(scope=scope).get("authorization", "")


def _guarded(send: Send) -> Send:
    """Add security headers to every response; only responses with the file may be cached."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(_GUARD_HEADERS)
            headers["Cache-Control"] = IMMUTABLE if message["status"] in (200, 206, 304) else "no-store"
        await send(message)

    return guarded


def _with_readable_range(scope: Scope, size_bytes: int) -> Scope:
    """The request without invalid ranges, which Starlette would answer with 400; they get the whole file.

    Ranges only apply to GET.
    """
    sent = Headers(scope=scope).getlist("range")
    if not sent:
        return scope
    headers = [pair for pair in scope["headers"] if pair[0] != b"range"]
    wanted = readable_range(sent, size_bytes) if scope["method"] == "GET" else None
    if wanted is not None:
        headers.append((b"range", wanted.encode()))
    return {**scope, "headers": headers}


# 18 digits are more than any file size.
_RANGE = re.compile(r"[0-9]{1,18}-[0-9]{0,18}|-[0-9]{1,18}")


def readable_range(headers: Sequence[str], size_bytes: int) -> str | None:
    """The Range header to use, without ranges beyond the end of the file if at least one is within it.

    None to send the whole file: no header or several, another unit, or invalid ranges.
    """
    unit, _, text = headers[0].strip().partition("=") if len(headers) == 1 else ("", "", "")
    parts = [part for part in (part.strip(" \t") for part in text.split(",")) if part]
    if unit.lower() != "bytes" or not parts or not all(map(_is_valid, parts)):
        return None
    within = [part for part in parts if _is_within(part, size_bytes)]
    return f"bytes={','.join(within or parts)}"


def _is_valid(part: str) -> bool:
    if not _RANGE.fullmatch(part):
        return False
    first, _, last = part.partition("-")
    return not (first and last) or int(first) <= int(last)


def _is_within(part: str, size_bytes: int) -> bool:
    first, _, last = part.partition("-")
    return int(first) < size_bytes if first else int(last) > 0
