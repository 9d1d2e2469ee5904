"""One job: claims its task by compare-and-set, runs the one step that is due, and writes the result.

The job only says when to look: what is done, and whether at all, is decided by the claim. So a job that runs twice, or
for a task that has ended meanwhile, does no harm.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from kaimedia.domain import Pace, Phase, Task
from kaimedia.errors import NotFound
from kaimedia.jobs.balance_reads import BalanceReads
from kaimedia.jobs.clock import cap_due_at
from kaimedia.jobs.handlers import TaskHandlers
from kaimedia.jobs.plan import reads_pace
from kaimedia.jobs.send_claims import SendClaims
from kaimedia.jobs.steps import run_step
from kaimedia.jobs.storage_check import StorageCheck
from kaimedia.jobs.update_batcher import UpdateBatcher, note_change
from kaimedia.jobs.worker_pool import POLL, PREPARE, SAVE, SEND, Handler, PoolConfig
from kaimedia.providers.base import Limits
from kaimedia.store.job_queue.jobs import QueuedJobs
from kaimedia.store.job_queue.statements import Queue
from kaimedia.store.tasks.claims import TaskClaims
from kaimedia.store.tasks.reader import TaskReader

log = logging.getLogger("kaimedia.worker")

LEASE_S = 15.0
CLOCK_WAITS_S = 0.5, 5.0  # the shortest and longest pause of a job whose worker's clock is behind
SEND_AGAIN_S = 1.0  # until a send that had its turn tries again: the account's window is full


class TaskSteps:
    """Runs the jobs of one worker; thread-safe. `held` are the tasks in progress here."""

    def __init__(
        self,
        handlers: TaskHandlers,
        updates: UpdateBatcher,
        reader: TaskReader,
        claims: TaskClaims,
        jobs: QueuedJobs,
        balances: BalanceReads,
        limits_of: Callable[[str], Limits],
        *,
        owner: str,
    ) -> None:
        self.updates = updates
        self.balances = balances
        self.owner = owner
        self.now = handlers.now
        self._reader = reader
        self._claims = claims
        self._jobs = jobs
        self._limits_of = limits_of
        storage = StorageCheck(lambda: handlers.saver.check_ready(max_age_s=0.0), lambda: None)
        self._sends = SendClaims(claims, updates, storage, limits_of, owner=owner, lease_s=LEASE_S)
        pools: tuple[tuple[PoolConfig, Handler], ...] = (
            (SAVE, handlers.save),
            (POLL, handlers.poll),
            (PREPARE, handlers.prepare),
            (SEND, handlers.send),
        )
        self._by_phase = {phase: (config, handler) for config, handler in pools for phase in config.phases}
        self._guard = threading.Lock()
        self._held: dict[str, tuple[PoolConfig, float]] = {}  # with its monotonic start
        self._is_stopping = threading.Event()

    def run(self, task_id: str, *, has_turn: bool = False) -> None:
        """Run the step that is due for this task, if any; `has_turn`: the account's rate has been waited for.

        Raises:
            StoreUnavailable: the database cannot be reached; the job is then to be run again.
        """
        try:
            task = self._reader.get(task_id)
        except NotFound:
            return
        if task.phase not in self._by_phase or task.due_at is None or self._is_stopping.is_set():
            return
        config, handler = self._by_phase[task.phase]
        if not self._hold(task_id, config):  # another job of the same task: its step schedules the next
            return
        try:
            claimed = self._claim(config, task, has_turn=has_turn)
            if claimed is not None:
                self._do(config, handler, claimed)
            else:
                self._run_later(config, task_id, has_turn=has_turn)
        finally:
            self._let_go(task_id)

    def stop(self) -> None:
        """Begin no further steps."""
        self._is_stopping.set()
        self.balances.stop()

    def held(self, *configs: PoolConfig) -> set[str]:
        """The tasks in progress, of these pools or of all."""
        with self._guard:
            return {task_id for task_id, (config, _) in self._held.items() if not configs or config in configs}

    def renew(self) -> None:
        """Extend the leases of the tasks in progress, except of steps that hang."""
        steady = time.monotonic()
        with self._guard:
            alive = [key for key, (config, began) in self._held.items() if steady - began < config.longest_run_s]
        if alive:
            self._claims.renew(self.owner, alive, self.now() + timedelta(seconds=LEASE_S))

    def release(self) -> None:
        """Release every lease but those of paid calls in progress: such a row must not look free."""
        self._claims.release(self.owner, list(self.held(SAVE, POLL, PREPARE)))

    def close_gaps(self, due: set[tuple[Phase, str]], now: datetime) -> None:
        """Of the phases and providers that are `due`, move the turns of stopped tasks to those that still wait."""
        configs = {(self._by_phase[phase][0], provider) for phase, provider in due if phase in self._by_phase}
        for config, provider in configs:
            if config in (POLL, SEND):
                queue = Queue.SEND if config is SEND else Queue.POLL
                if moved := self._jobs.close_gaps(queue, provider, self._pace(config, provider), now):
                    log.info("%d jobs of %s got an earlier turn", moved, provider)

    def _claim(self, config: PoolConfig, task: Task, *, has_turn: bool) -> Task | None:
        """The task, if it may run now: it is due, nobody else has it, and the account's rate allows it."""
        if config is SEND:
            self.balances.before_sending(task.provider)
            others = (self.held() | self.updates.waiting()) - {task.task_id}
            claimed = self._sends.claim(task.provider, self.now(), 1, others, only=task.task_id)
        else:
            pace = None if has_turn else self._pace(config, task.provider)
            claimed = self._claims.claim(
                self.owner,
                self.now(),
                LEASE_S,
                config.phases,
                1,
                provider=task.provider,
                pace=pace if config is POLL else None,
                only=task.task_id,
            )
        return claimed[0] if claimed else None

    def _run_later(self, config: PoolConfig, task_id: str, *, has_turn: bool) -> None:
        """Plan its job anew, unless that is done by whoever has the task, or by a change of its row.

        What the account's rate does not allow now gets a time of its own: otherwise all that wait would ask in turn.
        """
        task, now = self._reader.get(task_id), self.now()
        if task.phase not in config.phases or task.due_at is None or task.hold_code is not None:
            return
        if task.due_at > now:  # this clock is behind the database's
            shortest_s, longest_s = CLOCK_WAITS_S
            behind_s = (task.due_at - now).total_seconds()
            self._jobs.postpone(task_id, task.phase, min(max(behind_s, shortest_s), longest_s), has_turn=has_turn)
        elif config is SEND and has_turn:
            self._jobs.postpone(task_id, task.phase, SEND_AGAIN_S, has_turn=True)
        elif config in (POLL, SEND) and not has_turn and not self._claims.is_claimed(task_id, now):
            wait_s = self._claims.reserve(self._pace(config, task.provider), now)
            self._jobs.postpone(task_id, task.phase, wait_s, has_turn=True)

    def _pace(self, config: PoolConfig, provider: str) -> Pace:
        """How fast the jobs of a queue may run, by all workers together; turns that come late add to those on time."""
        limits = self._limits_of(provider)
        if config is SEND:
            return Pace(f"sends:{provider}", limits.creates / limits.window_s, 1)
        return replace(reads_pace(provider, limits), burst=1)

    def _do(self, config: PoolConfig, handler: Handler, task: Task) -> None:
        change = run_step(config, handler, task, self.now(), is_stopping=self._is_stopping.is_set())
        self.updates.write(task, cap_due_at(replace(change, owner=self.owner), self.now()))
        if change.fields.get("phase", task.phase) is not task.phase:
            note_change(task, change)
        if config is SEND:
            self.balances.after_sending(task.provider)

    def _hold(self, task_id: str, config: PoolConfig) -> bool:
        with self._guard:
            if task_id in self._held:
                return False
            self._held[task_id] = config, time.monotonic()
            return True

    def _let_go(self, task_id: str) -> None:
        with self._guard:
            self._held.pop(task_id, None)
