"""Media over HTTP: serves only files with names we generate, with their actual type."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaimedia.errors import KaimediaError
from kaimedia.media import names
from kaimedia.media.storage import FileFacts, Storage
from kaimedia.web import conditions, storage_threads
from kaimedia.web.stored_file import StoredFile

PREFIXES = ("/static/media/", "/app/static/media/")
IMMUTABLE = "private, max-age=31536000, immutable"
_GUARD_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class MediaFiles:
    """ASGI middleware for `/static/media/{name}` and `/app/static/media/{name}`.

    GET and HEAD with ranges, ETag and conditional requests. `?download=1` makes the browser save the file under a
    readable name made from the prompt (`prompt_of`, called with the file name). Requests for other names are passed
    to `app`, which has more files under the same path. `storage` is a function, because the app opens later.
    `is_open_to` is called with name, query and Authorization header; False gives 403. All functions are called on a
    worker thread.
    """

    def __init__(
        self,
        app: ASGIApp,
        storage: Callable[[], Storage],
        prompt_of: Callable[[str], str | None] | None = None,
        is_open_to: Callable[[str, str, str], bool] | None = None,
    ) -> None:
        self._app = app
        self._storage = storage
        self._prompt_of = prompt_of
        self._is_open_to = is_open_to

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = _requested_name(scope)
        if name is None:
            await self._app(scope, receive, send)
            return
        response = await self._respond(name, scope)
        await response(scope, receive, _guarded(send))

    async def _respond(self, name: str, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("Method Not Allowed", 405, {"Allow": "GET, HEAD"})
        try:
            found = await storage_threads.run(self._locate, name, *_credentials(scope))
        except KaimediaError:  # the app could not be opened, and the pages show the reason; or the storage is down
            return PlainTextResponse("Service Unavailable", 503)
        if isinstance(found, Response):
            return found
        storage, facts = found
        headers = {}
        is_shown = names.is_shown(name)
        if not is_shown or parse_qs(scope.get("query_string", b"").decode("latin-1")).get("download") == ["1"]:
            prompt = await run_in_threadpool(self._prompt_of, name) if self._prompt_of else None
            headers["Content-Disposition"] = content_disposition(prompt, name)
        media_type = names.mime_of(name) if is_shown else names.OPAQUE_TYPE
        response = StoredFile(storage, name, facts, media_type=media_type, headers=headers)
        validators = {key: response.headers[key] for key in ("etag", "last-modified")}
        match conditions.verdict(Headers(scope=scope), *validators.values()):
            case conditions.NOT_MODIFIED:
                return Response(status_code=304, headers=validators)
            case conditions.PRECONDITION_FAILED:
                return PlainTextResponse("Precondition Failed", 412)
        return response

    def _locate(self, name: str, query: str, authorization: str) -> tuple[Storage, FileFacts] | Response:
        if self._is_open_to and not self._is_open_to(name, query, authorization):
            return PlainTextResponse("Forbidden", 403)
        storage = self._storage()
        facts = storage.facts(name)
        return (storage, facts) if facts else PlainTextResponse("Not Found", 404)


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
