"""The app of this process: opened once, on first use, and closed with the server."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from kaimedia import config as configuration
from kaimedia import log as logs
from kaimedia.config import Config
from kaimedia.context import AppContext, open_context
from kaimedia.errors import ConfigError, KaimediaError, StoreUnavailable
from kaimedia.media.storage import ReadableFiles
from kaimedia.models.catalogue import MODELS
from kaimedia.security.access import LOGIN, Access
from kaimedia.security.signing import current_sign_in, sign_in_of
from kaimedia.serving import Serving
from kaimedia.studio import Studio, tokens

log = logging.getLogger("kaimedia")

FAILURE_CACHE_S = 5.0


@dataclass(slots=True)
class Current:
    """The state of this process: the open app, or why it failed to open. Hold `guard` to open or close it."""

    guard: threading.Lock = field(default_factory=threading.Lock)
    context: AppContext | None = None
    failure: tuple[KaimediaError, float] | None = None  # the error, and until when opening is not tried again
    has_routes: bool = field(default_factory=lambda: Serving.has_routes)
    access: tuple[Config, Access] | None = None
    is_server: bool = True  # only a server or a worker applies the webhook of its settings
    is_ended: bool = False  # closed for good


current = Current()


def studio() -> Studio:
    """The studio of this process; opens the app if needed: a host may run the pages without `lifespan`.

    Raises:
        ConfigError, StoreError: see `open_context`; the next call tries again.
    """
    return context().studio


def context() -> AppContext:
    """The app of this process, opened if needed.

    After a failure, the error is raised again for a few seconds without another try: otherwise every call would wait.

    Raises:
        ConfigError, StoreError: see `open_context`.
        StoreUnavailable: it was closed for good.
    """
    with current.guard:
        if current.is_ended:
            raise StoreUnavailable("This process is stopping.", next_step="Start it again.")
        if current.context is None:
            if current.failure is not None and time.monotonic() < current.failure[1]:
                raise current.failure[0].with_traceback(None)
            try:
                config = configuration.load()
                logs.setup(config.log_level, as_json=config.log_json)
                current.context = open_context(config, applies_webhook_setting=current.is_server)
            except KaimediaError as error:
                current.failure = error, time.monotonic() + FAILURE_CACHE_S
                raise
            current.failure = None
            log.info("started: %d models, engine %s", len(MODELS), current.context.engine.owner)
        return current.context


def opened_studio() -> Studio | None:
    """The studio of this process if it is open; neither opens it nor waits for it."""
    return current.context.studio if current.context is not None else None


def close(*, for_good: bool = False) -> None:
    """Close the app of this process, if open. `for_good`: whoever is about to open it gets an error instead."""
    with current.guard:
        current.is_ended = current.is_ended or for_good
        current.failure = None
        if current.context is not None:
            current.context.close()
            current.context = None


@contextmanager
def shut(close_it: Callable[[AppContext], None]) -> Iterator[None]:
    """Keep the app closed during the block; callers that need it wait, and reopen it afterwards.

    If `close_it` fails, the app stays as it is while its engine still runs; otherwise it is reopened.
    """
    with current.guard:
        opened, current.context = current.context, None
        if opened is not None:
            try:
                close_it(opened)
            finally:
                current.context = opened if opened.engine.is_running else None
        try:
            yield
        finally:
            current.failure = None


def access() -> Access:
    """Who may use this process. Reads the settings when the app is not open; never opens it.

    Raises:
        ConfigError: the settings cannot be read.
    """
    config = current_config()
    known = current.access
    if known is None or known[0] is not config:
        known = current.access = (config, Access.of(config))
    return known[1]


def current_config() -> Config:
    """The settings in use; read now when the app is not open."""
    opened = current.context
    return opened.config if opened is not None else configuration.load()


def is_configured_api_token(token: str) -> bool:
    """Whether `token` is the API token of the settings; never opens the app.

    Raises:
        ConfigError: the settings cannot be read.
    """
    return tokens.is_same(token, current_config().api_token)


def may_explain() -> bool:
    """Whether a local caller without a token may see why the app cannot open.

    True where local callers need no token, and while the settings cannot be read: then only they are let in.
    """
    try:
        return access().mode != LOGIN and current_config().api_token is None
    except ConfigError:
        return True


def media_address(name: str, sign_in: str | None = None) -> str:
    """The file name as used in its address: with a temporary signature when users must sign in.

    The signature ends with `sign_in`, by default the one of the current request, if any.
    """
    if access().mode != LOGIN:
        return name
    return f"{name}?{context().signer.query(name, sign_in=sign_in)}"


def media_is_open_to(name: str, query: str, authorization: str) -> bool:
    """Whether a request may read a stored file; called by the media route.

    When users must sign in, the address must be signed (`media_address`) or the request must have the API token.
    Raises KaimediaError when the app cannot be opened.
    """
    if access().mode != LOGIN:
        return True
    if context().signer.is_valid(name, query):
        return not context().stores.sign_outs.ended({sign_in_of(query)})
    scheme, _, token = authorization.partition(" ")
    return scheme.lower() == "bearer" and studio().tokens.scopes_of(token.strip()) is not None


GALLERY = "gallery"  # signed like a file name, for the gallery API; no stored file has this name


def gallery_key(sign_in: str = "") -> str:
    """What a page gives its grid for `/app/gallery`: "", or a temporary signature when users must sign in."""
    return context().signer.query(GALLERY, sign_in=sign_in) if access().mode == LOGIN else ""


def gallery_is_open_to(query: str, authorization: str) -> bool:
    """Whether a request may read the gallery API; called by its routes. Signatures made for it end with its sign-in.

    Raises:
        KaimediaError: the app cannot be opened.
    """
    current_sign_in.set(sign_in_of(query))
    return media_is_open_to(GALLERY, query, authorization)


def media_routes_are_mounted() -> bool:
    """True when our own routes serve the media; False when a host runs the pages as a plain script."""
    return current.has_routes


def prompt_of_file(name: str) -> str | None:
    """The prompt of a stored file, for the media route's downloads."""
    return studio().gallery.prompt_of_file(name)


def media_files() -> ReadableFiles:
    """The finished files, for the media route."""
    return context().storage.served
