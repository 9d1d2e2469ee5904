"""Opens and wires up the parts of the app in order: settings, store, provider, sandbox, engine, studio."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from kaimedia import config as configuration
from kaimedia import log as logs
from kaimedia.config import Config
from kaimedia.domain import utc_now
from kaimedia.housekeeping import Housekeeping
from kaimedia.jobs.engine import Engine
from kaimedia.jobs.handlers import TaskHandlers
from kaimedia.jobs.providers import Providers
from kaimedia.media.local import LocalStorage
from kaimedia.media.references import ReferenceStore
from kaimedia.media.result_saver import ResultSaver
from kaimedia.providers.base import Limits
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.sandbox.shared import SharedSandbox
from kaimedia.security.secret_box import SecretBox
from kaimedia.security.signing import Signer
from kaimedia.store.database import Database
from kaimedia.store.media import MediaStore
from kaimedia.store.settings import SettingsStore
from kaimedia.store.sign_outs import SignOuts
from kaimedia.store.tasks import TaskStore
from kaimedia.studio import Studio

log = logging.getLogger("kaimedia")


@dataclass(slots=True)
class AppContext:
    """The open parts of the app; call `close` when done."""

    config: Config
    database: Database
    engine: Engine
    providers: Providers
    sandbox: SharedSandbox
    storage: LocalStorage
    task_store: TaskStore
    media_store: MediaStore
    settings_store: SettingsStore
    reference_store: ReferenceStore
    secret_box: SecretBox
    signer: Signer
    sign_outs: SignOuts
    studio: Studio = field(init=False)

    def __post_init__(self) -> None:
        self.studio = build_studio(self)

    def close(self) -> None:
        """Stop the engine, then close what it uses."""
        self.engine.stop()
        self.providers.close()
        self.sandbox.stop()
        self.database.close()


def open_context(
    config: Config,
    *,
    limits: Limits | None = None,
    run_engine: bool | None = None,
    now: Callable[[], datetime] = utc_now,
) -> AppContext:
    """Open everything in order. The engine, with clock `now`, runs unless the settings or `run_engine` say otherwise.

    Raises:
        ConfigError: a setting, folder or key file is not usable.
        StoreError: the database cannot be reached or migrated.
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
    secret_box = SecretBox.open(config.secret_key, config.data_folder / "secret.key")
    references = ReferenceStore(config.data_folder / "references", storage)
    sandbox = SharedSandbox(_sandbox_options(config), config.data_folder)
    providers = Providers(config, settings, secret_box, sandbox.url, limits)
    saver = ResultSaver(storage, trusted_hosts=config.trusted_hosts, max_bytes=int(config.result_max_gb * 1024**3))
    handlers = TaskHandlers(config, tasks, media, saver, references, providers, now, database.check_before_paying)
    housekeeping: list[Housekeeping] = []
    engine = Engine(handlers, limits=limits, housekeeping=lambda: housekeeping[0]())
    context = AppContext(
        config=config,
        database=database,
        engine=engine,
        providers=providers,
        sandbox=sandbox,
        storage=storage,
        task_store=tasks,
        media_store=media,
        settings_store=settings,
        reference_store=references,
        secret_box=secret_box,
        signer=Signer(secret_box.derive("media addresses")),
        sign_outs=SignOuts(database),
    )
    housekeeping.append(Housekeeping(context.studio, storage, database, media, now))
    if config.engine_is_on if run_engine is None else run_engine:
        engine.start()
    return context


def build_studio(context: AppContext) -> Studio:
    """The use cases of an open app."""
    return Studio(
        config=context.config,
        tasks=context.task_store,
        media=context.media_store,
        settings=context.settings_store,
        storage=context.storage,
        references=context.reference_store,
        providers=context.providers,
        secret_box=context.secret_box,
        wake=context.engine.wake,
        engine_heartbeat=lambda: context.engine.heartbeat_at,
        database=context.database,
    )


def open_database(config: Config) -> Database:
    """The configured database, not accessed yet.

    Raises:
        ConfigError: its URL is not usable.
    """
    data = config.data_folder
    return Database(config.database_url, backup_folder=data / "backups", counter_folder=data / "sends")


def _sandbox_options(config: Config) -> SandboxOptions:
    root = config.data_folder / "sandbox"
    return SandboxOptions(
        speed=config.sandbox_speed, media=config.sandbox_media, journal=root / "journal", media_folder=root / "media"
    )
