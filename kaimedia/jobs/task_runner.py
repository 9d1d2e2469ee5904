"""What runs the tasks of a database, seen from the rest of the app."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class TaskRunner(Protocol):
    """The engine in this process, the worker of a fleet, or nothing, where workers elsewhere run the tasks."""

    @property
    def owner(self) -> str:
        """The name it holds leases under."""

    def start(self) -> None:
        """Begin to run tasks, on threads of its own."""

    def wake(self) -> None:
        """Something is due now."""

    def stop(self, timeout_s: float = 5.0) -> None:
        """Claim nothing more, let paid calls in progress finish, release the remaining leases."""

    @property
    def heartbeat_at(self) -> datetime | None:
        """When it was last seen at work; None if it does not run here."""

    @property
    def is_running(self) -> bool:
        """True between `start` and `stop`."""

    @property
    def is_sending(self) -> bool:
        """True while a paid call is in progress or its outcome is not written yet."""


class SeparateWorkers:
    """Nothing runs in this process. A job for each task is made in the database, in the task's own transaction."""

    owner = "separate workers"
    heartbeat_at: datetime | None = None
    is_running = False
    is_sending = False

    def start(self) -> None:
        """Nothing to start."""

    def wake(self) -> None:
        """The database wakes the workers."""

    def stop(self, timeout_s: float = 5.0) -> None:
        """Nothing to stop."""
