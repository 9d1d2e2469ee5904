"""Import of tasks by their id at the provider: what became of each id."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ImportOutcome(StrEnum):
    """What became of one provider task id."""

    IMPORTED = "imported"  # a new task here; its files are being saved
    FOLLOWED = "followed"  # a new task here that still runs at the provider
    ATTACHED = "attached"  # it is a task of this app whose reply was lost
    KNOWN = "known"  # a task here has that id already
    NOT_FOUND = "not_found"  # no record of that kind, or of any kind
    FAILED = "failed"  # it failed at the provider
    INVALID = "invalid"  # no id of a task
    UNREADABLE = "unreadable"  # the provider did not answer about it

    @property
    def is_here(self) -> bool:
        """True if the task is in this app now."""
        return self in (ImportOutcome.IMPORTED, ImportOutcome.FOLLOWED, ImportOutcome.ATTACHED, ImportOutcome.KNOWN)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """One id. `task_id` is our task, if there is one; `detail` is what the provider said."""

    provider_task_id: str
    outcome: ImportOutcome
    task_id: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class ImportState:
    """The newest import since the app started. `problem` says why it ended early."""

    is_running: bool = False
    total: int = 0
    results: tuple[ImportResult, ...] = ()
    problem: str | None = None
