"""One worker of a fleet, as the rest of the app starts and stops it."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from datetime import datetime

from kaimedia.errors import StoreError
from kaimedia.jobs.disk_cleaner import DiskCleaner
from kaimedia.jobs.distributed.queue_workers import QueueWorkers
from kaimedia.jobs.distributed.task_steps import TaskSteps
from kaimedia.jobs.distributed.upkeep import Upkeep
from kaimedia.jobs.owner import retire
from kaimedia.jobs.worker_pool import SEND

log = logging.getLogger("kaimedia.worker")


class DistributedRunner:
    """Runs jobs and upkeep on threads of its own. Call `start` and `stop` once each."""

    def __init__(
        self, steps: TaskSteps, queue_workers: QueueWorkers, upkeep: Upkeep, disk_cleaner: DiskCleaner
    ) -> None:
        self.owner = steps.owner
        self._steps = steps
        self._queue_workers = queue_workers
        self._upkeep = upkeep
        self._disk_cleaner = disk_cleaner
        self._stopping = threading.Event()
        self._jobs_thread: threading.Thread | None = None
        self._upkeep_thread: threading.Thread | None = None

    def start(self) -> None:
        """Take jobs until `stop`: of those that are due, saving first, then polling, sending last."""
        serve = self._queue_workers.serve
        self._jobs_thread = threading.Thread(target=lambda: asyncio.run(serve()), name="kaimedia-jobs", daemon=True)
        self._upkeep_thread = threading.Thread(
            target=self._upkeep.run, args=(self._stopping,), name="kaimedia-upkeep", daemon=True
        )
        self._jobs_thread.start()
        self._upkeep_thread.start()
        self._disk_cleaner.start()

    def wake(self) -> None:
        """The database wakes the workers."""

    def stop(self, timeout_s: float = 5.0) -> None:
        """Take no more jobs, let paid calls in progress finish, release the remaining leases."""
        until = time.monotonic() + timeout_s
        self._disk_cleaner.stop()
        self._steps.stop()
        self._queue_workers.stop()
        while self._steps.held(SEND) and time.monotonic() < until:
            time.sleep(0.02)
        self._stopping.set()
        for thread in (self._jobs_thread, self._upkeep_thread):
            if thread is not None:
                thread.join(max(0.2, until - time.monotonic()))
        try:
            self._upkeep.end()
        except StoreError as error:
            log.warning("leases not released, they expire on their own: %s", error)
        if not self._steps.held(SEND):
            retire(self.owner)

    @property
    def heartbeat_at(self) -> datetime | None:
        """When this worker was last recorded as alive."""
        return self._upkeep.heartbeat_at

    @property
    def is_running(self) -> bool:
        """True between `start` and `stop`."""
        thread = self._jobs_thread
        return thread is not None and thread.is_alive() and not self._stopping.is_set()

    @property
    def is_sending(self) -> bool:
        """True while a paid call is in progress or its outcome is not written yet."""
        return bool(self._steps.held(SEND))
