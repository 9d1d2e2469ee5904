"""The processes that run tasks, and what waits for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kaimedia.domain.work import Phase

ANNOUNCED_EVERY_S = 20.0
SEEN_FOR = timedelta(seconds=3 * ANNOUNCED_EVERY_S)  # a worker silent for longer has stopped, or cannot write


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that runs tasks, as it last announced itself; the counts are since its start."""

    name: str
    version: str
    engine: str
    started_at: datetime
    seen_at: datetime
    takeovers: int = 0
    storage_errors: int = 0

    def is_running(self, now: datetime) -> bool:
        """Whether it was seen a short time ago."""
        return self.seen_at > now - SEEN_FOR


@dataclass(frozen=True, slots=True)
class DueTasks:
    """Tasks of one phase whose next step is due and that no worker has claimed."""

    number: int
    oldest_due_at: datetime


@dataclass(frozen=True, slots=True)
class QueueState:
    """What waits for a worker, by phase; and when the lease that ends first will end, None without leases."""

    due: Mapping[Phase, DueTasks]
    first_lease_until: datetime | None
