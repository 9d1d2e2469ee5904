"""Media over HTTP: serves only files with names we generate, with their actual type."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaimedia.errors import KaimediaError, ResultExpired
from kaimedia.media import names
from kaimedia.media.storage import FileFacts, ReadableFiles
from kaimedia.web import conditions, media_links, storage_threads
from kaimedia.web.open_files import OpenFile, OpenFiles, RecordingFiles
from kaimedia.web.stored_file import StoredFile

PREFIXES = ("/static/media/", "/app/static/media/")
IMMUTABLE = "private, max-age=31536000, immutable"
_CACHING = {200: IMMUTABLE, 206: IMMUTABLE, 304: IMMUTABLE, 307: f"private, max-age={media_links.REUSE_S}"}
_GUARD_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One of our files, and how the request wants it."""

    name: str
    is_download: bool
    may_redirect: bool

    @property
    def media_type(self) -> str:
        return names.mime_of(self.name) if names.is_shown(self.name) else names.OPAQUE_TYPE


class MediaFiles:
    """ASGI middleware for `/static/media/{name}` and `/app/static/media/{name}`.

    GET and HEAD with ranges, ETag and conditional requests. `?download=1` makes the browser save the file under a
    readable name made from the prompt (`prompt_of`, called with the file name). Requests for other names are passed
    to `app`, which has more files under the same path. `files` is a function, because the app opens later.
    `is_open_to` is called with name, query and Authorization header; False gives 403. These functions are called on a
    worker thread. While `are_open_to_all`, everybody whose requests arrive here may read all files: `is_open_to` is not
    asked again for files that were just served. While `are_linked`, browsers are redirected to signed links of the
    storage (see `media_links`).
    """

    def __init__(
        self,
        app: ASGIApp,
        files: Callable[[], ReadableFiles],
        prompt_of: Callable[[str], str | None] | None = None,
        is_open_to: Callable[[str, str, str], bool] | None = None,
        are_open_to_all: Callable[[], bool] = lambda: False,
        are_linked: Callable[[], bool] = lambda: False,
    ) -> None:
        self._app = app
        self._files = files
        self._are_linked = are_linked
        self._prompt_of = prompt_of
        self._is_open_to = is_open_to
        self._are_open_to_all = are_open_to_all
        self._open_files = OpenFiles()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = _requested_name(scope)
        if name is None:
            await self._app(scope, receive, send)
            return
        are_linked = self._are_linked()
        response = await self._respond(name, scope, may_redirect=are_linked and media_links.may_redirect(name, scope))
        await response(scope, receive, _guarded(send, media_links.VARY if are_linked else None))

    async def _respond(self, name: str, scope: Scope, *, may_redirect: bool) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("Method Not Allowed", 405, {"Allow": "GET, HEAD"})
        query = scope.get("query_string", b"").decode("latin-1")
        wants_download = bool(query) and parse_qs(query).get("download") == ["1"]
        wanted = _Wanted(name, is_download=wants_download or not names.is_shown(name), may_redirect=may_redirect)
        request = Headers(scope=scope)
        may_be_open = not (may_redirect or wanted.is_download) and self._are_open_to_all()
        if may_be_open and (file := self._open_files.get(name)) is not None:
            with suppress(BlockingIOError):
                response = _found(wanted, file, file.known, scope["method"], request)
                if not isinstance(response, StreamingResponse):  # its later parts might not be in memory
                    return response
        try:
            # In one go: most of the time that a small file takes is spent on changing threads.
            response, opened = await storage_threads.run(self._answer, wanted, scope, request, may_be_open)
        except ResultExpired:  # just deleted
            return PlainTextResponse("Not Found", 404)
        except KaimediaError:  # the app could not be opened, and the pages show the reason; or the storage is down
            return PlainTextResponse("Service Unavailable", 503)
        if may_be_open and opened is not None:
            self._open_files.keep(name, opened)
        return response

    def _answer(
        self, wanted: _Wanted, scope: Scope, request: Headers, may_be_open: bool
    ) -> tuple[Response, OpenFile | None]:
        """The response, and the file if it can be kept open."""
        name = wanted.name
        if self._is_open_to and not self._is_open_to(name, *_credentials(scope, request)):
            return PlainTextResponse("Forbidden", 403), None
        files = self._files()
        recording = RecordingFiles(files) if may_be_open else None
        prompt = self._prompt_of(name) if wanted.is_download and self._prompt_of else None
        disposition = content_disposition(prompt, name) if wanted.is_download else None
        if wanted.may_redirect:
            life_s, media_type = media_links.LINK_LIFE_S, wanted.media_type
            link = files.signed_link(name, life_s=life_s, media_type=media_type, disposition=disposition)
            if link is not None:
                return media_links.redirect(link), None
        facts = (recording or files).facts(name)
        if facts is None:
            return PlainTextResponse("Not Found", 404), None
        response = _found(wanted, recording or files, facts, scope["method"], request, disposition)
        return response, recording.take() if recording else None


def _found(
    wanted: _Wanted,
    files: ReadableFiles,
    facts: FileFacts,
    method: str,
    request: Headers,
    disposition: str | None = None,
) -> Response:
    headers = {"Content-Disposition": disposition} if disposition else {}
    found = StoredFile(files, wanted.name, facts, media_type=wanted.media_type, headers=headers)
    match conditions.verdict(request, *found.validators.values()):
        case conditions.NOT_MODIFIED:
            return Response(status_code=304, headers=found.validators)
        case conditions.PRECONDITION_FAILED:
            return PlainTextResponse("Precondition Failed", 412)
    return found.response(method, request)


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


def _credentials(scope: Scope, request: Headers) -> tuple[str, str]:
    """Query and Authorization header of a request, "" if missing."""
    return scope.get("query_string", b"").decode("latin-1"), request.get("authorization", "")


def _guarded(send: Send, vary: str | None) -> Send:
    """Add security headers to every response; only responses with the file, or a link to it, may be cached."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            caching = _CACHING.get(message["status"], "no-store")
            varying = [] if vary is None else [(b"vary", vary.encode())]
            message["headers"] = [
                *message["headers"],
                *_GUARD_HEADERS,
                (b"cache-control", caching.encode()),
                *varying,
            ]
        await send(message)

    return guarded
