"""Puts the house together, once a process: config, store, provider, sandbox, engine, studio."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from kaimedia import config as configuration
from kaimedia import entry
from kaimedia import log as logs
from kaimedia.access import LOGIN, Access
from kaimedia.config import Config
from kaimedia.domain import utc_now
from kaimedia.errors import ConfigError, KaimediaError
from kaimedia.housekeeping import Housekeeping
from kaimedia.jobs.engine import Engine
from kaimedia.jobs.limits import Limits
from kaimedia.jobs.providers import Providers
from kaimedia.jobs.steps import Steps
from kaimedia.kie.catalog import MODELS
from kaimedia.media.keeper import Keeper
from kaimedia.media.local import LocalStorage
from kaimedia.media.references import ReferenceShelf
from kaimedia.media.signing import Signer, on_behalf_of, sign_in_of
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.sandbox.shared import SharedSandbox
from kaimedia.store.database import Database
from kaimedia.store.media import MediaStore
from kaimedia.store.settings import SettingsStore
from kaimedia.store.sign_outs import SignOuts
from kaimedia.store.tasks import TaskStore
from kaimedia.studio import Parts, Studio, tokens
from kaimedia.vault import Vault

log = logging.getLogger("kaimedia")

FAILURE_IS_KEPT_S = 5.0


@dataclass(slots=True)
class House:
    """Everything that is open; `close` it in the end."""

    config: Config
    database: Database
    parts: Parts
    studio: Studio
    engine: Engine
    providers: Providers
    sandbox: SharedSandbox
    storage: LocalStorage
    signer: Signer
    sign_outs: SignOuts

    def close(self) -> None:
        """Stop the engine first, then what it uses."""
        self.engine.stop()
        self.providers.close()
        self.sandbox.stop()
        self.database.close()


def open_house(
    config: Config,
    *,
    limits: Limits | None = None,
    run_engine: bool | None = None,
    now: Callable[[], datetime] = utc_now,
) -> House:
    """Open everything in order; the engine runs unless the settings or `run_engine` say otherwise, by the clock `now`.

    Raises:
        ConfigError: a setting, folder or key file is not usable.
        StoreError: the database cannot be reached or brought up to date.
    """
    for secret in (config.kie_api_key, config.webhook_hmac_key, config.api_token):
        logs.hide(secret)
    logs.hide_each(config.secret_key)
    if older := configuration.about_older_database(config):
        log.warning("%s %s", *older)
    database = open_database(config)
    database.upgrade()
    storage = LocalStorage(config.media_folder)
    tasks, media, settings = TaskStore(database), MediaStore(database), SettingsStore(database)
    vault = Vault.open(config.secret_key, config.data_folder / "secret.key")
    shelf = ReferenceShelf(config.data_folder / "references", storage)
    sandbox = SharedSandbox(_sandbox_options(config), config.data_folder)
    providers = Providers(config, settings, vault, sandbox.url, limits)
    keeper = Keeper(storage, trusted_hosts=config.trusted_hosts, max_bytes=int(config.result_max_gb * 1024**3))
    steps = Steps(config, tasks, media, keeper, shelf, providers, now, database.check_before_paying)
    tidying: list[Housekeeping] = []
    engine = Engine(steps, limits=limits, housekeeping=lambda: tidying[0]())
    wake, beat_at = engine.wake, lambda: engine.beat_at
    parts = Parts(config, tasks, media, settings, storage, shelf, providers, vault, wake, beat_at, database)
    studio = Studio(parts)
    tidying.append(Housekeeping(studio, storage, database, media, now))
    signer = Signer(vault.derive("media addresses"))
    house = House(config, database, parts, studio, engine, providers, sandbox, storage, signer, SignOuts(database))
    if config.engine_is_on if run_engine is None else run_engine:
        engine.start()
    return house


def open_database(config: Config) -> Database:
    """The database of the settings, not looked at yet.

    Raises:
        ConfigError: its address cannot be used.
    """
    data = config.data_folder
    return Database(config.database_url, backup_folder=data / "backups", counter_folder=data / "sends")


def _sandbox_options(config: Config) -> SandboxOptions:
    own = config.data_folder / "sandbox"
    return SandboxOptions(
        speed=config.sandbox_speed, media=config.sandbox_media, journal=own / "journal", media_folder=own / "media"
    )


@dataclass(slots=True)
class Current:
    """The state of this process: what is open, else why not. Whoever opens or closes holds `guard`."""

    guard: threading.Lock = field(default_factory=threading.Lock)
    house: House | None = None
    failure: tuple[KaimediaError, float] | None = None  # and until when no other try is made
    has_routes: bool = field(default_factory=entry.is_serving)
    access: tuple[Config, Access] | None = None


current = Current()


def studio() -> Studio:
    """The studio of this process; opens the house when a host runs the pages without `lifespan`.

    Raises:
        ConfigError, StoreError: see `open_house`; the next call tries again.
    """
    return house().studio


def house() -> House:
    """The house of this process, opened when needed.

    An opening that failed is told for a few seconds without trying again: else each call would wait for its own.

    Raises:
        ConfigError, StoreError: see `open_house`.
    """
    with current.guard:
        if current.house is None:
            if current.failure is not None and time.monotonic() < current.failure[1]:
                raise current.failure[0].with_traceback(None)
            try:
                config = configuration.load()
                logs.setup(config.log_level, as_json=config.log_json)
                current.house = open_house(config)
            except KaimediaError as error:
                current.failure = error, time.monotonic() + FAILURE_IS_KEPT_S
                raise
            current.failure = None
            log.info("open: %d models, engine %s", len(MODELS), current.house.engine.owner)
        return current.house


def opened_studio() -> Studio | None:
    """The studio of this process if it is open; neither opens it nor waits for it."""
    return current.house.studio if current.house is not None else None


def close() -> None:
    """Close the house of this process, if open."""
    with current.guard:
        current.failure = None
        if current.house is not None:
            current.house.close()
            current.house = None


@contextmanager
def shut(close_it: Callable[[House], None]) -> Iterator[None]:
    """Keep the house closed for as long as the block lasts; whoever needs it waits, and opens it again afterwards.

    After an error in `close_it` a house whose engine still runs stays; any other is opened anew.
    """
    with current.guard:
        opened, current.house = current.house, None
        if opened is not None:
            try:
                close_it(opened)
            finally:
                current.house = opened if opened.engine.is_running else None
        try:
            yield
        finally:
            current.failure = None


def access() -> Access:
    """Who may use this process. Reads the settings when the house is not open; never opens it.

    Raises:
        ConfigError: the settings cannot be read.
    """
    config = current_config()
    known = current.access
    if known is None or known[0] is not config:
        known = current.access = (config, Access.of(config))
    return known[1]


def current_config() -> Config:
    """The settings in use, else as they would be read now."""
    opened = current.house
    return opened.config if opened is not None else configuration.load()


def is_configured_api_token(given: str) -> bool:
    """Whether `given` is the API token of the settings; never opens the house.

    Raises:
        ConfigError: the settings cannot be read.
    """
    return tokens.is_same(given, current_config().api_token)


def tells_why() -> bool:
    """Whether a caller without a token may hear why the house cannot open, this machine's own provided.

    That is so where this machine needs no token, and while the settings cannot be read, when nobody else gets in.
    """
    try:
        return access().mode != LOGIN and current_config().api_token is None
    except ConfigError:
        return True


def media_address(name: str, sign_in: str | None = None) -> str:
    """The name of a stored file as an address needs it: signed for a while when people have to sign in.

    It ends with `sign_in`, whose default is the one of the call under way, if any.
    """
    if access().mode != LOGIN:
        return name
    return f"{name}?{house().signer.query(name, sign_in=sign_in)}"


def media_is_open_to(name: str, query: str, authorization: str) -> bool:
    """Whether a request may have a stored file; asked by the media route.

    When people have to sign in, the address must be signed (`media_address`) or carry the API token.
    Raises KaimediaError when the house cannot be opened.
    """
    if access().mode != LOGIN:
        return True
    if house().signer.holds(name, query):
        return not house().sign_outs.ended({sign_in_of(query)})
    scheme, _, token = authorization.partition(" ")
    return scheme.lower() == "bearer" and studio().check_api_token(token.strip())


GALLERY = "gallery"  # what a page of somebody signed in may read beside media; no stored file has this name


def gallery_key(sign_in: str = "") -> str:
    """What a page hands its grid for `/app/gallery`: "", or a signature for a while when people have to sign in."""
    return house().signer.query(GALLERY, sign_in=sign_in) if access().mode == LOGIN else ""


def gallery_is_open_to(query: str, authorization: str) -> bool:
    """Whether a request may read the gallery's feed; asked by its routes. What is made for it ends with its sign-in.

    Raises:
        KaimediaError: the house cannot be opened.
    """
    on_behalf_of.set(sign_in_of(query))
    return media_is_open_to(GALLERY, query, authorization)


def media_routes_are_mounted() -> bool:
    """True when our own routes serve the media; False when a host runs the pages as a plain script."""
    return current.has_routes


def prompt_of_file(name: str) -> str | None:
    """The prompt behind a stored file, for the media route's downloads."""
    return studio().prompt_of_file(name)


def media_folder() -> Path:
    """Where the media lie, for the media route."""
    return house().config.media_folder
