"""What `app.py` names: light, so that the server answers at once while the house opens behind it."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from kaimedia import config as configuration
from kaimedia import log as logs
from kaimedia.access import Access
from kaimedia.api import http_connections
from kaimedia.errors import KaimediaError

log = logging.getLogger("kaimedia")

OPEN_AGAIN_S = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)  # the last one from then on


class _Start:
    """What is known before the house is open."""

    is_serving = False  # our routes are mounted: set before the first page can run
    early_access: Access | None = None


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Open the house beside the server's first answers, close it with the server."""
    _Start.is_serving = True
    logs.cut_everywhere()
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
    """Open the app, and try again until it opens: paid tasks are waiting in it, whether somebody visits or not.

    Meanwhile the pages say why it cannot open; a visit tries at once.
    """
    from kaimedia import bootstrap

    logged = ""
    pauses_s = iter(OPEN_AGAIN_S)
    while True:
        try:
            bootstrap.house()
            return
        except KaimediaError as error:
            if error.message != logged:
                log.error("cannot open: %s %s", error.message, error.next_step)
            logged = error.message
        if stopping.wait(next(pauses_s, OPEN_AGAIN_S[-1])):
            return


def _close() -> None:
    from kaimedia import bootstrap

    bootstrap.close()


def is_serving() -> bool:
    """True once our own routes are mounted in this process."""
    return _Start.is_serving


def access() -> Access:
    """Who may use this process, also while the house is not open yet.

    Raises:
        ConfigError: the settings cannot be read.
    """
    bootstrap = sys.modules.get("kaimedia.bootstrap")
    if bootstrap is not None and hasattr(bootstrap, "access"):
        found: Access = bootstrap.access()
        return found
    if _Start.early_access is None:
        _Start.early_access = Access.of(configuration.load())
    return _Start.early_access


def media_folder() -> Path:
    """Where the media lie; waits for the house."""
    from kaimedia import bootstrap

    return bootstrap.media_folder()


def prompt_of_file(name: str) -> str | None:
    """The prompt behind a stored file, for naming a download."""
    from kaimedia import bootstrap

    return bootstrap.prompt_of_file(name)


def media_is_open_to(name: str, query: str, authorization: str) -> bool:
    """Whether a request may have a stored file."""
    from kaimedia import bootstrap

    return bootstrap.media_is_open_to(name, query, authorization)


def ended_sign_ins(sign_ins: frozenset[str]) -> frozenset[str]:
    """Those of these sign-ins that are over."""
    from kaimedia import bootstrap

    return bootstrap.house().sign_outs.ended(sign_ins)


class Late:
    """An ASGI app that is loaded at its first call; `load` runs on a worker thread."""

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


def load_feed() -> ASGIApp:
    """What the gallery's grid reads."""
    from kaimedia.feed.application import app

    return app
