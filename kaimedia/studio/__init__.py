"""The use cases, shared by pages, API and command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from kaimedia.config import Config
from kaimedia.jobs.providers import KeyCheck, Providers, ProviderState
from kaimedia.media.references import ReferenceStore
from kaimedia.media.storage import Storage
from kaimedia.media.uploads import Incoming, Upload
from kaimedia.presets import Preset
from kaimedia.security.secret_box import SecretBox
from kaimedia.store.backups import CopyFile
from kaimedia.store.database import Database
from kaimedia.store.media import MediaStore
from kaimedia.store.prompts import Spending, UsedPrompt
from kaimedia.store.settings import SettingsStore
from kaimedia.store.tasks import TaskStore
from kaimedia.studio.account import AccountService
from kaimedia.studio.callbacks import CallbackOutcome, CallbackService
from kaimedia.studio.catalog import CatalogService
from kaimedia.studio.collections import CollectionService
from kaimedia.studio.confirmations import (
    cancel_question,
    clear_question,
    remove_collection_question,
    retry_question,
    stop_question,
)
from kaimedia.studio.gallery import TRASH_RETENTION, GalleryService
from kaimedia.studio.health import Check, HealthService
from kaimedia.studio.holds import Held, Holds
from kaimedia.studio.missing_files import MissingFiles
from kaimedia.studio.outages import Outage, OutageService
from kaimedia.studio.paid import is_resumable
from kaimedia.studio.prompts import PromptService
from kaimedia.studio.references import ReferenceService
from kaimedia.studio.settings import SettingsService
from kaimedia.studio.style_changes import DeletedStyle
from kaimedia.studio.styles import StyleService
from kaimedia.studio.styling import with_style
from kaimedia.studio.task_texts import next_step
from kaimedia.studio.tasks import UNSENT, TaskService
from kaimedia.studio.tokens import TokenService, TokenState
from kaimedia.studio.trash import TrashService
from kaimedia.studio.typical import TypicalTime, TypicalTimes
from kaimedia.studio.uploads import Uploads


class Studio:
    """All use cases, grouped by subject.

    Every method is thread-safe; none waits for the provider unless its docstring says so.
    """

    def __init__(
        self,
        *,
        config: Config,
        tasks: TaskStore,
        media: MediaStore,
        settings: SettingsStore,
        storage: Storage,
        references: ReferenceStore,
        providers: Providers,
        secret_box: SecretBox,
        wake: Callable[[], None],
        engine_heartbeat: Callable[[], datetime | None],
        database: Database,
    ) -> None:
        self.catalog = CatalogService(config, providers)
        self.tasks = TaskService(self.catalog, tasks, media, storage, references, providers, wake, database)
        self.references = ReferenceService(config, media, storage, references)
        self.uploads = Uploads(config, references)
        self.gallery = GalleryService(tasks, media, storage)
        self.trash = TrashService(media, storage)
        self.collections = CollectionService(media)
        self.missing_files = MissingFiles(tasks, media, storage, wake)
        self.holds = Holds(tasks, wake, database)
        self.settings = SettingsService(config, settings)
        self.account = AccountService(config, tasks, settings, providers, secret_box)
        self.tokens = TokenService(config, settings)
        self.callbacks = CallbackService(providers, tasks, wake)
        self.health = HealthService(config, tasks, media, storage, engine_heartbeat, database)
        self.styles = StyleService(config, media, storage)
        self.prompts = PromptService(tasks)
        self.outages = OutageService(providers)
        self.typical_times = TypicalTimes(tasks)


__all__ = [
    "TRASH_RETENTION",
    "UNSENT",
    "CallbackOutcome",
    "Check",
    "CopyFile",
    "DeletedStyle",
    "Held",
    "Incoming",
    "KeyCheck",
    "Outage",
    "Preset",
    "ProviderState",
    "Spending",
    "Studio",
    "TokenState",
    "TypicalTime",
    "Upload",
    "UsedPrompt",
    "cancel_question",
    "clear_question",
    "is_resumable",
    "next_step",
    "remove_collection_question",
    "retry_question",
    "stop_question",
    "with_style",
]
