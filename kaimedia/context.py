"""Opens and wires up the parts of the app in order: settings, store, provider, sandbox, engine, studio."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Hashable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from kaimedia import config as configuration
from kaimedia import log as logs
from kaimedia.config import Config
from kaimedia.domain import utc_now
from kaimedia.housekeeping import Housekeeping
from kaimedia.jobs.balance_log import BalanceLog
from kaimedia.jobs.handlers import TaskHandlers
from kaimedia.jobs.listed_models import ListedModels
from kaimedia.jobs.listed_prices import ListedPrices
from kaimedia.jobs.providers import Providers
from kaimedia.jobs.reference_uploads import ReferenceUploads
from kaimedia.jobs.task_runner import TaskRunner
from kaimedia.media.file_sets import FileSet
from kaimedia.media.input_folder import InputFolder
from kaimedia.media.move_journal import MoveJournal
from kaimedia.media.names import is_input, is_ours
from kaimedia.media.open_storage import open_storage
from kaimedia.media.open_storage import place_identity as place_identity
from kaimedia.media.references import ReferenceStore
from kaimedia.media.result_saver import ResultSaver
from kaimedia.media.storage import Storage
from kaimedia.models.model_catalog import ModelCatalog
from kaimedia.open_engine import open_engine
from kaimedia.open_webhooks import open_webhooks
from kaimedia.providers.base import Limits
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.sandbox.shared import SharedSandbox
from kaimedia.security.secret_box import SecretBox
from kaimedia.security.signing import Signer
from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from kaimedia.studio import Studio
from kaimedia.studio.model_lists import ModelListService
from kaimedia.studio.price_lists import PriceListService
from kaimedia.studio.request_keys import RequestKeys
from kaimedia.studio.storage_watch import StorageWatch
from kaimedia.studio.temporary_disk import disk_loss
from kaimedia.studio.trash import TrashService
from kaimedia.studio.uploads import Uploads

log = logging.getLogger("kaimedia")


@dataclass(slots=True)
class AppContext:
    """The open parts of the app; call `close` when done."""

    config: Config
    database: Database
    engine: TaskRunner
    providers: Providers
    sandbox: SharedSandbox
    storage: Storage
    stores: Stores
    reference_store: ReferenceStore
    secret_box: SecretBox
    signer: Signer
    studio: Studio

    def close(self) -> None:
        """Stop the engine, then close what it uses."""
        self.studio.storage_watch.stop()
        self.engine.stop()
        self.studio.webhooks.stop()
        self.studio.model_lists.reading.stop()
        self.studio.price_lists.reading.stop()
        self.providers.close()
        self.sandbox.stop()
        self.database.close()


def open_context(
    config: Config,
    *,
    limits: Limits | None = None,
    run_engine: bool | None = None,
    now: Callable[[], datetime] = utc_now,
    applies_webhook_setting: bool = True,
) -> AppContext:
    """Open everything in order. The engine, with clock `now`, runs unless the settings or `run_engine` say otherwise.

    `applies_webhook_setting`: False in a command, whose settings may differ from those of the server.

    Raises:
        ConfigError: a setting, folder or key file is not usable; or the engine does not work with this database.
        StoreError: the database cannot be reached or migrated.
    """
    _prepare_log(config)
    is_on = config.engine_is_on if run_engine is None else run_engine
    with ExitStack() as opened:  # what a later step's error closes
        context = _wire(config, opened, limits, now, is_on=is_on)
        if run_engine is not False:  # an app whose tasks run elsewhere still cleans its own disk
            context.engine.start()
            if "://" in config.media_url:  # a folder is checked where it is used, which takes no time
                context.studio.storage_watch.start()
        if is_on:
            context.studio.webhooks.start(applies_setting=applies_webhook_setting)
        opened.pop_all()
    return context


def _wire(
    config: Config, opened: ExitStack, limits: Limits | None, now: Callable[[], datetime], *, is_on: bool
) -> AppContext:
    database = open_database(config)
    opened.callback(database.close)
    database.upgrade()
    storage, stores = open_media(config), Stores(database)
    secret_box = SecretBox.open(config.secret_key, config.data_folder / "secret.key")
    references = ReferenceStore(config.data_folder / "references", storage.inputs)
    sandbox = SharedSandbox(_sandbox_options(config), config.data_folder)
    providers = Providers(config, stores.settings, secret_box, sandbox.url, limits, BalanceLog(stores.balances))
    opened.callback(sandbox.stop)
    opened.callback(providers.close)
    models, model_lists, price_lists = _lists(stores, providers, now)
    uploads = ReferenceUploads(references, providers, config.trusted_hosts, models)
    handlers = _handlers(config, stores, storage, uploads, database, now)
    housekeeping = _housekeeping(
        *(_uploads(config, storage, references, models), model_lists, price_lists, stores, storage, database, now),
        backfill=lambda: studio.rescue.backfill.run().unconfirmed > 0,
    )
    engine = open_engine(config, handlers, stores, database, limits, housekeeping, is_on=is_on)
    opened.callback(engine.stop)
    studio = Studio(
        config=config,
        stores=stores,
        storage=storage,
        references=references,
        providers=providers,
        secret_box=secret_box,
        wake=engine.wake,
        engine_heartbeat=lambda: engine.heartbeat_at,
        database=database,
        models=models,
        model_lists=model_lists,
        price_lists=price_lists,
        storage_watch=StorageWatch(storage.check_responds),
        webhooks=open_webhooks(config, stores, secret_box, now),
    )
    return AppContext(
        config=config,
        database=database,
        engine=engine,
        providers=providers,
        sandbox=sandbox,
        storage=storage,
        stores=stores,
        reference_store=references,
        secret_box=secret_box,
        signer=Signer(secret_box.derive("media addresses")),
        studio=studio,
    )


def _prepare_log(config: Config) -> None:
    """Hide the secrets in it; say if another database is used than in earlier versions, and what will be lost."""
    for secret in config.secrets():
        logs.hide(secret)
        logs.hide_each(secret)  # several keys, the newest first
    for text in config.unknown_texts():
        log.warning("%s", text)
    if older := configuration.about_older_database(config):
        log.warning("%s %s", *older)
    if (loss := disk_loss(config)) is not None:
        log.warning("%s %s", loss.text, loss.next_step)


def _lists(
    stores: Stores, providers: Providers, now: Callable[[], datetime]
) -> tuple[ModelCatalog, ModelListService, PriceListService]:
    """The catalog, and what keeps it in step with the provider's own lists."""
    listed = ListedModels(stores.model_lists, providers.current)
    prices = ListedPrices(stores.price_lists, providers.current)
    model_lists = ModelListService(stores.model_lists, providers, listed, now)
    return ModelCatalog(listed, prices), model_lists, PriceListService(stores.price_lists, providers, prices, now)


def _handlers(
    config: Config,
    stores: Stores,
    storage: Storage,
    uploads: ReferenceUploads,
    database: Database,
    now: Callable[[], datetime],
) -> TaskHandlers:
    saver = ResultSaver(storage, trusted_hosts=config.trusted_hosts, max_bytes=int(config.result_max_gb * 1024**3))
    return TaskHandlers(
        config=config,
        results=stores.task_results,
        media=stores.media_reader,
        saver=saver,
        uploads=uploads,
        providers=uploads.providers,
        now=now,
        check_before_paying=database.check_before_paying,
        models=uploads.models,
    )


def _uploads(config: Config, storage: Storage, references: ReferenceStore, models: ModelCatalog) -> Uploads:
    return Uploads(config, references, models, storage.uploads)


def _housekeeping(
    uploads: Uploads,
    model_lists: ModelListService,
    price_lists: PriceListService,
    stores: Stores,
    storage: Storage,
    database: Database,
    now: Callable[[], datetime],
    *,
    backfill: Callable[[], bool],
) -> Housekeeping:
    return Housekeeping(
        TrashService(stores.trash, stores.gallery_overview, stores.media_files, storage),
        RequestKeys(stores.idempotency_keys, stores.unanswered_requests),
        uploads,
        model_lists,
        price_lists,
        stores.sign_outs,
        stores.workers,
        stores.webhook_deliveries,
        stores.media_files,
        storage,
        database,
        now,
        backfill,
    )


def open_media(config: Config) -> Storage:
    """The configured media storage, not accessed yet.

    Raises:
        ConfigError: its address or one of its settings is not usable.
    """
    return open_storage(
        config.media_url,
        config.data_folder,
        config.storage_options(),
        links_url=config.media_links_url,
        cache_bytes=int(config.media_cache_mb * 1024**2),
    )


def open_media_at(url: str, config: Config, options: Mapping[str, str]) -> Storage:
    """Another media storage than the configured one, with its own `options`, not accessed yet.

    Raises:
        ConfigError: its address or one of its options is not usable.
    """
    return open_storage(url, config.data_folder, options)


def file_sets(context: AppContext, source: Storage, target: Storage) -> tuple[FileSet, ...]:
    """Everything that moves with the media storage, from one to the other."""
    files = context.stores.media_files
    known = {each.filename: each.sha256 for chunk in files.tracked() for each in chunk if each.sha256}
    media = FileSet("media", source, target, is_ours, known, files.referred)
    if source.inputs is None and target.inputs is None:  # they stay where they are
        return (media,)
    folder = InputFolder(context.config.data_folder / "references")
    sides = (source.inputs or folder, target.inputs or folder)
    return media, FileSet("references", *sides, is_input, sha256={}, referred=set, is_shared=True)


def move_journal(config: Config, *places: Hashable) -> MoveJournal:
    """The journal of a move between these places."""
    digest = hashlib.sha256(repr(places).encode()).hexdigest()
    return MoveJournal(config.data_folder / "moves" / f"{digest[:16]}.jsonl")


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
