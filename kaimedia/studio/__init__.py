"""The use cases, shared by pages, API and command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from kaimedia.config import Config
from kaimedia.jobs.key_check import KeyCheck, KeyStatus
from kaimedia.jobs.provider_state import ProviderState
from kaimedia.jobs.providers import Providers
from kaimedia.media.references import ReferenceStore
from kaimedia.media.storage import Storage
from kaimedia.media.uploads import Incoming, Upload
from kaimedia.models.model_catalog import Listing, ListingState, ModelCatalog
from kaimedia.presets import Preset
from kaimedia.security.secret_box import SecretBox
from kaimedia.store.database.backups import CopyFile
from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from kaimedia.store.tasks.prompts import UsedPrompt
from kaimedia.store.tasks.spending import Spending
from kaimedia.studio.account import AccountService
from kaimedia.studio.agents import AgentService
from kaimedia.studio.batch_costs import BatchCost, costs_of
from kaimedia.studio.batches import BatchService
from kaimedia.studio.callbacks import CallbackOutcome, CallbackService
from kaimedia.studio.catalog import CatalogService
from kaimedia.studio.collections import CollectionService
from kaimedia.studio.comparisons import Comparison, ComparisonEntry, ComparisonService
from kaimedia.studio.confirmations import (
    cancel_question,
    clear_question,
    delete_collection_question,
    retry_question,
    stop_question,
)
from kaimedia.studio.gallery import TRASH_RETENTION, GalleryService
from kaimedia.studio.health import Check, HealthService
from kaimedia.studio.holds import Held, Holds
from kaimedia.studio.key_problems import key_problem_text
from kaimedia.studio.limits import LimitService, LimitWarning
from kaimedia.studio.masks import MaskCanvas
from kaimedia.studio.media_document import MediaUrl, media_document
from kaimedia.studio.missing_files import MissingFiles
from kaimedia.studio.model_lists import ModelListService, ModelListState
from kaimedia.studio.money import MoneyService
from kaimedia.studio.new_tasks import NewTasks
from kaimedia.studio.next_steps import NextStepService, OwnStep
from kaimedia.studio.operations import OperationsService, lease_age_s, workers_text
from kaimedia.studio.outages import Outage, OutageService
from kaimedia.studio.paid import is_resumable
from kaimedia.studio.payable import PayableCheck
from kaimedia.studio.preferred_models import PreferredModelService
from kaimedia.studio.price_lists import PriceListService, PriceListState
from kaimedia.studio.prompts import PromptService
from kaimedia.studio.quotes import Quote, QuoteService
from kaimedia.studio.references import ReferenceService
from kaimedia.studio.request_keys import RequestKeys
from kaimedia.studio.rescue.import_service import MAX_IDS as MAX_IMPORT_IDS
from kaimedia.studio.rescue.import_service import ids_in
from kaimedia.studio.rescue.rescue import Rescue
from kaimedia.studio.rescue.texts import import_text, left_text, verdict_text
from kaimedia.studio.rescue.unsaved import Unsaved
from kaimedia.studio.rescue.unsaved import of_task as unsaved_of
from kaimedia.studio.settings import SettingsService
from kaimedia.studio.spending import SpendingService
from kaimedia.studio.storage_watch import StorageWatch
from kaimedia.studio.style_changes import DeletedStyle
from kaimedia.studio.styles import StyleService
from kaimedia.studio.styling import with_style
from kaimedia.studio.task_document import task_document
from kaimedia.studio.task_texts import next_step, note_text
from kaimedia.studio.tasks import UNSENT, TaskService
from kaimedia.studio.tokens import ConfiguredToken, TokenService
from kaimedia.studio.totals import BatchPrice
from kaimedia.studio.trash import TrashService
from kaimedia.studio.typical import TimeBasis, TypicalTime, TypicalTimes
from kaimedia.studio.uploads import Uploads
from kaimedia.studio.webhook_texts import problem_text, webhook_step
from kaimedia.studio.webhooks import WebhookService


class Studio:
    """All use cases, grouped by subject.

    Every method is thread-safe; none waits for the provider unless its docstring says so.
    """

    def __init__(
        self,
        *,
        config: Config,
        stores: Stores,
        storage: Storage,
        references: ReferenceStore,
        providers: Providers,
        secret_box: SecretBox,
        wake: Callable[[], None],
        engine_heartbeat: Callable[[], datetime | None],
        database: Database,
        models: ModelCatalog,
        model_lists: ModelListService,
        price_lists: PriceListService,
        storage_watch: StorageWatch,
        webhooks: WebhookService,
    ) -> None:
        self.snapshot = database.snapshot
        self.catalog = CatalogService(config, providers, models)
        self.model_lists, self.price_lists = model_lists, price_lists
        self.storage_watch, self.webhooks = storage_watch, webhooks
        self.account = AccountService(config, stores.spending, stores.settings, providers, secret_box)
        self.money = MoneyService(stores.money_settings)
        payable = PayableCheck(self.account)
        new_tasks = NewTasks(
            self.catalog, stores.task_reader, storage, references, providers, database, self.money, payable
        )
        self.tasks = _tasks(stores, self.catalog, new_tasks, providers, wake)
        self.estimates = new_tasks.estimates
        self.limits = LimitService(stores.limits, self.money.rate_of)
        self.quotes = QuoteService(self.catalog, new_tasks, self.account, self.money, payable, self.limits)
        self.agents = AgentService(self.tasks, new_tasks, self.limits)
        self.batches = BatchService(stores.batches, new_tasks, wake)
        self.request_keys = RequestKeys(stores.idempotency_keys, stores.unanswered_requests)
        self.references = ReferenceService(config, stores.media_reader, storage, references, models)
        self.uploads = Uploads(config, references, models, storage.uploads)
        self.gallery = _gallery(stores, storage)
        self.comparisons = ComparisonService(self.batches, self.gallery, self.catalog)
        self.next_steps = NextStepService(self.catalog, stores.task_reader, providers)
        self.trash = TrashService(stores.trash, stores.gallery_overview, stores.media_files, storage)
        self.collections = CollectionService(
            stores.tags, stores.collections, stores.gallery_overview, stores.media_reader
        )
        self.missing_files = MissingFiles(stores.task_reader, stores.task_results, stores.media_reader, storage, wake)
        self.rescue = Rescue(stores, storage, providers, models, self.tasks, self.money, wake)
        self.holds = Holds(stores.held_tasks, stores.task_reader, wake, database)
        self.settings = SettingsService(config, stores.settings)
        self.tokens = TokenService(config, stores.api_tokens)
        self.spending = _spending(stores, self.catalog, self.collections, self.tokens, providers)
        self.callbacks = CallbackService(providers, stores.task_reader, stores.task_updater, stores.task_schedule, wake)
        self.operations = OperationsService(stores.workers, stores.queue_states, stores.queued_jobs)
        self.health = HealthService(
            config, stores.task_reader, storage, engine_heartbeat, database, self.operations.running_workers
        )
        self.styles = StyleService(config, stores.media_reader, storage, models)
        self.prompts = PromptService(stores.prompts)
        self.preferred_models = PreferredModelService(stores.preferred_models, models)
        self.outages = OutageService(providers)
        self.typical_times = TypicalTimes(stores.task_durations)


def _tasks(
    stores: Stores, catalog: CatalogService, new_tasks: NewTasks, providers: Providers, wake: Callable[[], None]
) -> TaskService:
    return TaskService(
        catalog=catalog,
        new_tasks=new_tasks,
        reader=stores.task_reader,
        creator=stores.task_creator,
        updater=stores.task_updater,
        keys=stores.idempotency_keys,
        media=stores.media_reader,
        providers=providers,
        wake=wake,
    )


def _gallery(stores: Stores, storage: Storage) -> GalleryService:
    return GalleryService(
        tasks=stores.task_reader,
        media=stores.media_reader,
        pages=stores.media_pages,
        overview=stores.gallery_overview,
        tags=stores.tags,
        collections=stores.collections,
        favorites=stores.favorites,
        trash=stores.trash,
        storage=storage,
    )


def _spending(
    stores: Stores, catalog: CatalogService, collections: CollectionService, tokens: TokenService, providers: Providers
) -> SpendingService:
    return SpendingService(
        reader=stores.ledger_sums,
        results=stores.paid_results,
        drift=stores.balance_drift,
        catalog=catalog,
        collections=collections,
        tokens=tokens,
        current_provider=providers.current,
    )


__all__ = [
    "MAX_IMPORT_IDS",
    "TRASH_RETENTION",
    "UNSENT",
    "BatchCost",
    "BatchPrice",
    "CallbackOutcome",
    "Check",
    "Comparison",
    "ComparisonEntry",
    "ConfiguredToken",
    "CopyFile",
    "DeletedStyle",
    "Held",
    "Incoming",
    "KeyCheck",
    "KeyStatus",
    "LimitWarning",
    "Listing",
    "ListingState",
    "MaskCanvas",
    "MediaUrl",
    "ModelListState",
    "Outage",
    "OwnStep",
    "Preset",
    "PriceListState",
    "ProviderState",
    "Quote",
    "Spending",
    "Studio",
    "TimeBasis",
    "TypicalTime",
    "Unsaved",
    "Upload",
    "UsedPrompt",
    "WebhookService",
    "cancel_question",
    "clear_question",
    "costs_of",
    "delete_collection_question",
    "ids_in",
    "import_text",
    "is_resumable",
    "key_problem_text",
    "lease_age_s",
    "left_text",
    "media_document",
    "next_step",
    "note_text",
    "problem_text",
    "retry_question",
    "stop_question",
    "task_document",
    "unsaved_of",
    "verdict_text",
    "webhook_step",
    "with_style",
    "workers_text",
]
