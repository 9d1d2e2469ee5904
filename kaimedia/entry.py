"""Entry points for `app.py`: imports little, so that the server answers at once while the app is opening."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from kaimedia import config as configuration
from kaimedia import log as logs
from kaimedia.errors import ConfigError, KaimediaError
from kaimedia.media.storage import ReadableFiles
from kaimedia.security.access import LOGIN, Access
from kaimedia.serving import Serving
from kaimedia.web import http_connections

log = logging.getLogger("kaimedia")

PAGES = (
    "kaimedia.ui.main",
    "kaimedia.ui.generate.composer",
    "kaimedia.ui.generate.results",
    "kaimedia.ui.generate.task_panel",
    "kaimedia.ui.gallery.view",
)
LONGEST_WINDOW_S = 0.5  # the page is worth more than its first items
OPEN_AGAIN_S = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)  # the last one repeats


MakeWindow = Callable[[Mapping[str, str], str], str]  # from query parameters and the id of a sign-in


class _Start:
    """State known before the app is open."""

    early_access: Access | None = None
    data_folder: Path | None = None
    media_origin: str | None = None
    knows_media_origin: bool = False
    first_window: MakeWindow | None = None


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Open the app while the server already answers; close it with the server."""
    Serving.has_routes = True
    logs.redact_everywhere()
    logs.setup()  # until the settings are read
    http_connections.allow_many_open_files()
    http_connections.install()
    stopping = threading.Event()
    opening = asyncio.create_task(asyncio.to_thread(open_with_retries, stopping))
    try:
        yield
    finally:
        stopping.set()
        await opening
        await asyncio.to_thread(_close)


def open_with_retries(stopping: threading.Event) -> None:
    """Open the app, and retry until it opens: paid tasks may be waiting in it, with or without visitors.

    Meanwhile the pages say why it cannot open; a visit retries at once.
    """
    with _garbage_ignored():
        from kaimedia import runtime

    logged = ""
    pauses_s = iter(OPEN_AGAIN_S)
    while True:
        try:
            runtime.context()
            break
        except KaimediaError as error:
            if error.message != logged:
                log.error("cannot open: %s %s", error.message, error.next_step)
            logged = error.message
        if stopping.wait(next(pauses_s, OPEN_AGAIN_S[-1])):
            return
    with nullcontext() if logged else _garbage_ignored():  # what waiting visitors have opened will be garbage
        _load_pages()


def _load_pages() -> None:
    """Load what the first pages need, so that their first visitor does not wait for it."""
    for name in PAGES:
        importlib.import_module(name)
    from kaimedia.ui import framework, page_chunks
    from kaimedia.ui.gallery import first_window

    _Start.first_window = first_window.html
    framework.skip_check_for_repl()
    for page in page_chunks.OF_PAGE:
        page_chunks.of(page)


@contextmanager
def _garbage_ignored() -> Iterator[None]:
    """Leave what is loaded meanwhile out of garbage collection: it stays loaded, and searching it takes long."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def _close() -> None:
    from kaimedia import runtime

    runtime.close()


def report_error(error: Exception) -> bool:
    """Show an error that no page caught (`kaimedia/ui/shell.py`)."""
    from kaimedia.ui import shell

    return shell.report_error(error)


def access() -> Access:
    """Who may use this process; works before the app is open.

    Raises:
        ConfigError: the settings cannot be read.
    """
    runtime = sys.modules.get("kaimedia.runtime")
    if runtime is not None and hasattr(runtime, "access"):
        found: Access = runtime.access()
        return found
    if _Start.early_access is None:
        _Start.early_access = Access.of(configuration.load())
    return _Start.early_access


def data_folder() -> Path | None:
    """The data folder, None while the settings cannot be read; works before the app is open."""
    if _Start.data_folder is None:
        with suppress(ConfigError):
            _Start.data_folder = configuration.load().data_folder
    return _Start.data_folder


def media_files() -> ReadableFiles:
    """The finished files; waits for the app to open."""
    from kaimedia import runtime

    return runtime.media_files()


def media_origin() -> str | None:
    """Scheme, host and port that browsers load media from besides the app, if any; works before the app is open."""
    if not _Start.knows_media_origin:
        try:
            config = configuration.load()
            if config.media_links == configuration.SIGNED:
                from kaimedia.media_links import link_origin_of

                _Start.media_origin = link_origin_of(config)
        except ConfigError:  # the pages report it
            return None
        _Start.knows_media_origin = True
    return _Start.media_origin


def prompt_of_file(name: str) -> str | None:
    """The prompt of a stored file, for naming a download."""
    from kaimedia import runtime

    return runtime.prompt_of_file(name)


def media_is_open_to(name: str, query: str, authorization: str) -> bool:
    """Whether a request may read a stored file."""
    from kaimedia import runtime

    return runtime.media_is_open_to(name, query, authorization)


def media_is_open_to_all() -> bool:
    """Whether everybody who may use this process may read all stored files; works before the app is open."""
    try:
        return access().mode != LOGIN
    except ConfigError:
        return False


def ended_sign_ins(sign_ins: frozenset[str]) -> frozenset[str]:
    """Those of the given sign-ins that have ended."""
    from kaimedia import runtime

    return runtime.context().stores.sign_outs.ended(sign_ins)


class GalleryWindow:
    """The gallery's first items as HTML for its page (`kaimedia/ui/gallery/first_window.py`).

    `sign_in_of` is awaited for the id of a request's sign-in, None for users without access. `loaded` returns what
    makes the HTML, None until it is imported.
    """

    def __init__(
        self,
        sign_in_of: Callable[[Scope], Awaitable[str | None]],
        loaded: Callable[[], MakeWindow | None] = lambda: _Start.first_window,
    ) -> None:
        self._sign_in_of = sign_in_of
        self._loaded = loaded
        self._late: set[asyncio.Task[str]] = set()  # those the page did not wait for

    async def __call__(self, scope: Scope) -> str:
        """Empty for users without access, until the pages are imported, and while the database takes long."""
        if (make := self._loaded()) is None or self._late:
            return ""
        making = asyncio.create_task(self._made(make, scope))
        done, _ = await asyncio.wait({making}, timeout=LONGEST_WINDOW_S)
        if done:
            return making.result()
        self._late.add(making)
        making.add_done_callback(self._late.discard)
        return ""

    async def _made(self, make: MakeWindow, scope: Scope) -> str:
        sign_in = await self._sign_in_of(scope)
        if sign_in is None:
            return ""
        return await asyncio.to_thread(make, QueryParams(scope["query_string"]), sign_in)


class LazyApp:
    """An ASGI app loaded on its first call; `load` runs on a worker thread."""

    def __init__(self, load: Callable[[], ASGIApp]) -> None:
        self._load = load
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            self._app = await asyncio.to_thread(self._load)
        await self._app(scope, receive, send)


def load_api() -> ASGIApp:
    """The REST API."""
    from kaimedia.api.application import app

    return app


def load_openai_api() -> ASGIApp:
    """The OpenAI-compatible routes."""
    from kaimedia.api.openai.application import app

    return app


def load_mcp() -> ASGIApp:
    """The MCP server, for agents."""
    from kaimedia.mcp_server.http import app

    return app


def load_gallery_api() -> ASGIApp:
    """The API of the gallery's grid."""
    from kaimedia.web.gallery.application import app

    return app
