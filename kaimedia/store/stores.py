"""The stores of one database."""

from __future__ import annotations

from kaimedia.store.api_tokens import ApiTokens
from kaimedia.store.database.database import Database
from kaimedia.store.job_queue.jobs import QueuedJobs
from kaimedia.store.ledger.balances import Balances
from kaimedia.store.ledger.drift import BalanceDrift
from kaimedia.store.ledger.limits import SpendingLimits
from kaimedia.store.ledger.reader import LedgerReader
from kaimedia.store.ledger.results import PaidResults
from kaimedia.store.ledger.spending import SpendingReader
from kaimedia.store.media.collections import Collections
from kaimedia.store.media.files import MediaFiles
from kaimedia.store.media.listing import QueryFilters
from kaimedia.store.media.overview import GalleryOverview
from kaimedia.store.media.pages import MediaPages
from kaimedia.store.media.reader import MediaReader
from kaimedia.store.media.tags import Tags
from kaimedia.store.media.trash import Trash
from kaimedia.store.media.updates import Favorites
from kaimedia.store.model_lists import ModelLists
from kaimedia.store.models import PreferredModels
from kaimedia.store.money_settings import MoneySettingsStore
from kaimedia.store.price_lists import PriceLists
from kaimedia.store.settings import SettingsStore
from kaimedia.store.sign_outs import SignOuts
from kaimedia.store.tasks.batches import Batches
from kaimedia.store.tasks.claims import TaskClaims
from kaimedia.store.tasks.creator import TaskCreator
from kaimedia.store.tasks.durations import TaskDurations
from kaimedia.store.tasks.held import HeldTasks
from kaimedia.store.tasks.idempotency import IdempotencyKeys
from kaimedia.store.tasks.imports import ImportedTasks
from kaimedia.store.tasks.outcomes import SentTasks
from kaimedia.store.tasks.prompts import PromptHistory
from kaimedia.store.tasks.queue_states import QueueStates
from kaimedia.store.tasks.reader import TaskReader
from kaimedia.store.tasks.results import TaskResults
from kaimedia.store.tasks.schedule import TaskSchedule
from kaimedia.store.tasks.spending import SpendingHistory
from kaimedia.store.tasks.unsaved import UnsavedResults
from kaimedia.store.tasks.updater import TaskUpdater
from kaimedia.store.unanswered_requests import UnansweredRequests
from kaimedia.store.webhooks.deliveries import WebhookDeliveries
from kaimedia.store.webhooks.endpoints import WebhookEndpoints
from kaimedia.store.workers import Workers


class Stores:
    """One store per job, all on the same database. Code that uses a store receives just that one."""

    def __init__(self, database: Database) -> None:
        self.task_reader = TaskReader(database)
        self.task_creator = TaskCreator(database)
        self.task_updater = TaskUpdater(database)
        self.task_results = TaskResults(database)
        self.task_schedule = TaskSchedule(database)
        self.task_claims = TaskClaims(database)
        self.queue_states = QueueStates(database)
        self.workers = Workers(database)
        self.imported_tasks = ImportedTasks(database)
        self.sent_tasks = SentTasks(database)
        self.unsaved = UnsavedResults(database)
        self.held_tasks = HeldTasks(database)
        self.batches = Batches(database)
        self.idempotency_keys = IdempotencyKeys(database)
        self.unanswered_requests = UnansweredRequests(database)
        self.prompts = PromptHistory(database)
        self.task_durations = TaskDurations(database)
        self.spending = SpendingHistory(database)
        self.ledger = LedgerReader(database)
        self.balances = Balances(database)
        self.limits = SpendingLimits(database)
        self.ledger_sums = SpendingReader(database)
        self.paid_results = PaidResults(database)
        self.balance_drift = BalanceDrift(database)
        self.media_reader = MediaReader(database)
        filters = QueryFilters(database)
        self.media_pages = MediaPages(database, filters)
        self.gallery_overview = GalleryOverview(database, filters)
        self.media_files = MediaFiles(database)
        self.trash = Trash(database)
        self.favorites = Favorites(database)
        self.tags = Tags(database)
        self.collections = Collections(database)
        self.preferred_models = PreferredModels(database)
        self.model_lists = ModelLists(database)
        self.price_lists = PriceLists(database)
        self.settings = SettingsStore(database)
        self.api_tokens = ApiTokens(database)
        self.money_settings = MoneySettingsStore(database)
        self.sign_outs = SignOuts(database)
        self.queued_jobs = QueuedJobs(database)
        self.webhook_endpoints = WebhookEndpoints(database)
        self.webhook_deliveries = WebhookDeliveries(database)
