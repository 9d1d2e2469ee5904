"""What runs the tasks of a database, seen from the rest of the app."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from kaimedia.jobs.disk_cleaner import DiskCleaner


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
    """No task runs in this process: workers elsewhere find them in the database. Only its own disk is cleaned."""

    owner = "separate workers"
    heartbeat_at: datetime | None = None
    is_running = False
    is_sending = False

    def __init__(self, disk_cleaner: DiskCleaner) -> None:
        self._disk_cleaner = disk_cleaner

    def start(self) -> None:
        """Begin to clean the disk."""
        self._disk_cleaner.start()

    def wake(self) -> None:
        """The workers find what is due in the database."""

    def stop(self, timeout_s: float = 5.0) -> None:
        """Clean no more."""
        self._disk_cleaner.stop()
