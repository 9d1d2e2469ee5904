"""What a studio is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kaimedia.config import Config
from kaimedia.jobs.providers import Providers
from kaimedia.media.references import ReferenceShelf
from kaimedia.media.storage import Storage
from kaimedia.store.database import Database
from kaimedia.store.media import MediaStore
from kaimedia.store.settings import SettingsStore
from kaimedia.store.tasks import TaskStore
from kaimedia.vault import Vault


@dataclass(frozen=True, slots=True)
class Parts:
    """What a studio is made of; put together by `bootstrap`."""

    config: Config
    tasks: TaskStore
    media: MediaStore
    settings: SettingsStore
    storage: Storage
    shelf: ReferenceShelf
    providers: Providers
    vault: Vault
    wake: Callable[[], None]
    engine_beat: Callable[[], datetime | None]
    database: Database
