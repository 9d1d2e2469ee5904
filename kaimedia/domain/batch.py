"""Tasks that were submitted together: many prompts, or one prompt to several models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MAX_BATCH_TASKS = 200
COMPARISON_TASKS = (2, 6)  # the fewest and the most


class BatchKind(StrEnum):
    """What the tasks of a batch have in common, as stored in `batches.kind`."""

    PROMPTS = "prompts"  # many prompts, choices or seeds
    COMPARISON = "comparison"  # one prompt and the same inputs, one task for each model


@dataclass(frozen=True, slots=True)
class Batch:
    """Tasks that were submitted, paid for and confirmed as one (read model)."""

    id: int
    kind: BatchKind
    name: str  # the start of its first prompt unless the user gave one
    created_at: datetime
    paused_at: datetime | None = None  # while set, none of its unsent tasks is sent
    stopped_at: datetime | None = None  # its unsent tasks were canceled
    dismissed_at: datetime | None = None  # no longer shown on Generate
    winner_task_id: str | None = None  # of a comparison: the result the user prefers
    is_blind: bool = False  # of a comparison: models' names are hidden until the user has chosen
    voted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """A batch and how far its tasks are; every task is counted in exactly one of the five numbers."""

    batch: Batch
    unsent: int  # not sent yet, so canceling them is free
    running: int
    completed: int
    failed: int
    may_have_cost: int  # failed, and may have been charged
    credits_estimated: float  # of the tasks whose price is known, without those that failed free of charge
    unpriced: int  # how many of them have no known price
    credits_actual: float | None  # of those the provider has reported
    canceled: int = 0  # of the failed ones, those the user canceled before they were sent
    on_hold: int = 0  # of the unsent ones, those held because this database is a copy; each has a row of its own
    unanswered: int = 0  # of the unfinished ones, those for which the provider does not respond

    @property
    def total(self) -> int:
        """The number of its tasks."""
        return self.unsent + self.running + self.completed + self.failed + self.may_have_cost

    @property
    def ended(self) -> int:
        """The number of its tasks that have ended, one way or another."""
        return self.completed + self.failed + self.may_have_cost

    @property
    def is_paused(self) -> bool:
        """True while its unsent tasks wait for the user."""
        return self.batch.paused_at is not None and self.unsent > 0

    @property
    def is_active(self) -> bool:
        """True while a task has not ended."""
        return self.unsent + self.running > 0


@dataclass(frozen=True, slots=True)
class WinRate:
    """How often a model's result was preferred, of the comparisons with a choice it took part in."""

    wins: int
    comparisons: int
