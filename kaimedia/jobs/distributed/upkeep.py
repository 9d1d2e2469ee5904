"""What a worker does beside its jobs: writes batched changes, renews leases, finds what dead workers left."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from kaimedia.domain import Phase, TaskChange
from kaimedia.errors import KaimediaError, StoreError
from kaimedia.jobs import failures
from kaimedia.jobs.announcer import Announcer
from kaimedia.jobs.distributed.task_steps import LEASE_S, TaskSteps
from kaimedia.jobs.worker_pool import SEND
from kaimedia.store.job_queue.jobs import QueuedJobs
from kaimedia.store.tasks.claims import TaskClaims
from kaimedia.store.tasks.schedule import TaskSchedule
from kaimedia.store.workers import Workers

log = logging.getLogger("kaimedia.worker")

FLUSH_EVERY_S = 0.1
RENEW_EVERY_S = 4.0
SWEEP_EVERY_S = 5.0
HOUSEKEEPING_EVERY_S = 300.0
CLOCK_MAY_DIFFER_S = 2.0


class Upkeep:
    """The rounds of one worker, on a thread of its own. Any number of workers may do the same at once."""

    def __init__(
        self,
        steps: TaskSteps,
        claims: TaskClaims,
        schedule: TaskSchedule,
        jobs: QueuedJobs,
        workers: Workers,
        announcer: Announcer,
        housekeeping: Callable[[], None],
        server_time: Callable[[], datetime | None],
    ) -> None:
        self._steps = steps
        self._claims = claims
        self._schedule = schedule
        self._jobs = jobs
        self._workers = workers
        self._housekeeping = housekeeping
        self._announcer = announcer
        self._server_time = server_time
        self._last: dict[str, float] = {}
        self._housekeeper: threading.Thread | None = None
        self.heartbeat_at: datetime | None = None

    def run(self, stopping: threading.Event) -> None:
        """Rounds until `stopping`; an error in one does not end the others."""
        while not stopping.wait(FLUSH_EVERY_S):
            for what, every_s, do in (
                ("flush", 0.0, self._steps.updates.flush),
                ("renew", RENEW_EVERY_S, self._steps.renew),
                ("sweep", SWEEP_EVERY_S, self.sweep),
            ):
                if not self._is_time(what, every_s):
                    continue
                try:
                    do()
                except StoreError as error:
                    log.error("%s: database error, next try soon: %s", what, error)
                except Exception:  # a bug in one round must not stop the next from fetching what is paid for
                    log.exception("%s failed", what)

    def end(self) -> None:
        """Write what is batched, give back what is held, and sign off."""
        self._steps.updates.flush()
        self._steps.release()
        self._announcer.leave(self._steps.owner)

    def sweep(self) -> None:
        """Report this worker, end what dead ones left, and give every waiting task a job."""
        now = self._steps.now()
        self._announcer.announce(self._steps.owner, now)
        self.heartbeat_at = now
        offset_s = (now - (self._server_time() or now)).total_seconds()
        if abs(offset_s) > CLOCK_MAY_DIFFER_S:
            log.warning("the clock of this machine is %+.1f s off the database's; set it (NTP)", offset_s)
        server_now = now - timedelta(seconds=offset_s)
        self._schedule.clamp_future_times(server_now, left_s=LEASE_S)
        self._give_up_lost_sends(now - timedelta(seconds=max(0.0, offset_s)))
        if added := self._jobs.add_missing():
            log.info("%d tasks had no job and got one", added)
        if moved := self._jobs.pull_forward():
            log.warning("%d jobs of due tasks were planned for much later and run now", moved)
        self._steps.close_gaps(self._schedule.due(server_now), server_now)
        if self._is_time("housekeeping", HOUSEKEEPING_EVERY_S) and self._is_oldest(now):
            self._keep_house()

    def _give_up_lost_sends(self, now: datetime) -> None:
        """A paid call whose process died has an unknown outcome; report it, never repeat it."""
        for task in self._claims.lost_sends(now, exclude=self._steps.held(SEND)):
            fields = failures.lost_in_crash(task.provider)
            self._steps.updates.commit_now(TaskChange(task.task_id, frozenset({Phase.SENDING}), fields))
            log.warning("outcome unknown after a crash", extra={"task_id": task.task_id})
            self._steps.balances.after_sending(task.provider)

    def _is_oldest(self, now: datetime) -> bool:
        """One worker does the housekeeping of all: of those that run, the one started first."""
        alive = [worker for worker in self._workers.announced() if worker.is_running(now)]
        return not alive or alive[0].name == self._steps.owner

    def _keep_house(self) -> None:
        """On a thread of its own: it may take long on a large storage, and leases must be renewed meanwhile."""
        if self._housekeeper is None or not self._housekeeper.is_alive():
            self._housekeeper = threading.Thread(target=self._clean, name="kaimedia-housekeeping", daemon=True)
            self._housekeeper.start()

    def _clean(self) -> None:
        try:
            self._housekeeping()
        except Exception as error:  # top of its thread: nothing above would log it
            log.error("housekeeping failed: %s", error, exc_info=not isinstance(error, KaimediaError))

    def _is_time(self, what: str, every_s: float) -> bool:
        now = time.monotonic()
        if now - self._last.get(what, float("-inf")) < every_s:
            return False
        self._last[what] = now
        return True
