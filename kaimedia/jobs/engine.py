"""The engine: a loop that claims due rows, hands them to worker pools, and writes the results.

Any number of engines may share one database: claims are decided there. All state is in the rows, so a
process may be killed at any time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from kaimedia.domain import Phase, Task, TaskChange
from kaimedia.errors import KaimediaError, StoreError, StoreUnavailable
from kaimedia.jobs import failures
from kaimedia.jobs.announcer import Announcer
from kaimedia.jobs.balance_reads import BalanceReads
from kaimedia.jobs.clock import STEADY_S, ClockWatch, cap_due_at
from kaimedia.jobs.handlers import TaskHandlers
from kaimedia.jobs.owner import is_dead, new_owner, retire
from kaimedia.jobs.plan import back_off_s, reads_pace
from kaimedia.jobs.send_claims import SendClaims
from kaimedia.jobs.steps import run_step
from kaimedia.jobs.storage_check import StorageCheck
from kaimedia.jobs.update_batcher import UpdateBatcher, note_change
from kaimedia.jobs.worker_pool import POLL, PREPARE, SAVE, SEND, WorkerPool
from kaimedia.providers.base import Limits
from kaimedia.providers.registry import limits_of
from kaimedia.store.tasks.claims import TaskClaims
from kaimedia.store.tasks.reader import TaskReader
from kaimedia.store.tasks.schedule import TaskSchedule

log = logging.getLogger("kaimedia.engine")

LEASE_S = 30.0
RENEW_EVERY_S = 8.0
LEFT_S = RENEW_EVERY_S + 2  # what remains of a lease dated by a wrong clock: time for its owner to renew it
LOST_EVERY_S = 1.0
CATCH_UP_S = 30.0
COALESCE_S = 0.03  # steps that finish within this time are written together
_IN_FLIGHT = frozenset({Phase.WAITING, Phase.GENERATING, Phase.SAVING})


class Engine:
    """Drives all unfinished tasks on its own thread, by the clock of `handlers`. Call `start` and `stop` once each."""

    def __init__(
        self,
        handlers: TaskHandlers,
        updates: UpdateBatcher,
        reader: TaskReader,
        schedule: TaskSchedule,
        claims: TaskClaims,
        balances: BalanceReads,
        announcer: Announcer,
        *,
        limits: Limits | None = None,
        tick_s: float = 0.5,
        housekeeping: Callable[[], None] | None = None,
        housekeeping_every_s: float = 300.0,
    ) -> None:
        self.handlers = handlers
        self._updates = updates
        self._reader = reader
        self._schedule = schedule
        self._claims = claims
        self._now = handlers.now
        self._clock = ClockWatch(handlers.now)
        self._limits_of = limits_of if limits is None else lambda _: limits  # one for all
        self._balances = balances
        self._announcer = announcer
        self._tick_s = tick_s
        self._housekeeping = housekeeping
        self._housekeeping_every_s = housekeeping_every_s
        self.owner = new_owner()
        self._save = WorkerPool(SAVE, handlers.save, self._run)
        self._poll = WorkerPool(POLL, handlers.poll, self._run)
        self._prepare = WorkerPool(PREPARE, handlers.prepare, self._run)
        self._send = WorkerPool(SEND, handlers.send, self._run)
        self._pools = (self._save, self._poll, self._prepare, self._send)
        self._wake_up = threading.Event()
        storage = StorageCheck(lambda: handlers.saver.check_ready(max_age_s=0.0), self.wake)
        self._sends = SendClaims(claims, updates, storage, self._limits_of, owner=self.owner, lease_s=LEASE_S)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._catching_up: set[str] = set()
        self._catch_up_until = 0.0
        self._last: dict[str, float] = {}
        self._housekeeping_guard = threading.Lock()
        self.heartbeat_at: datetime | None = None

    # --- lifecycle ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Take over the tasks of dead processes on this machine, then run until `stop`."""
        self._thread = threading.Thread(target=self._loop, name="kaimedia-engine", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Run a round now: something is due."""
        self._wake_up.set()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Claim nothing more, let paid calls in progress finish, release the remaining leases."""
        until = time.monotonic() + timeout_s
        self._stopping.set()
        self._wake_up.set()
        self._balances.stop()
        if self._thread is not None:
            self._thread.join(timeout_s)
        while self._send.held() and time.monotonic() < until:
            time.sleep(0.02)
        try:
            self._updates.flush()
            # A call in progress keeps its lease: its row must not look free while it may be charged.
            for pool in (self._save, self._poll, self._prepare):
                self._claims.release(self.owner, list(pool.held()))
        except StoreError as error:
            log.warning("leases not released, they expire on their own: %s", error)
        self._announcer.leave(self.owner)
        if not self._send.held():
            retire(self.owner)

    @property
    def is_running(self) -> bool:
        """True between `start` and `stop`."""
        return self._thread is not None and self._thread.is_alive() and not self._stopping.is_set()

    @property
    def is_sending(self) -> bool:
        """True while a paid call is in progress or its outcome is not written yet."""
        return bool(self._send.held())

    # --- the loop -----------------------------------------------------------------------------------------

    def _loop(self) -> None:
        recovered = False
        failures_in_a_row = 0
        while not self._stopping.is_set():
            self._wake_up.clear()
            try:
                if not recovered:
                    self._recover()
                    recovered = True
                pause_s = self._tick()
                failures_in_a_row = 0
            except StoreUnavailable as error:
                failures_in_a_row += 1
                pause_s = back_off_s(failures_in_a_row, first_s=0.5, longest_s=15)
                log.error("database error, next try in %.1f s: %s", pause_s, error)
            except Exception:  # a bug in one round must not stop the next from fetching what is paid for
                log.exception("round failed")
                pause_s = 2.0
            if self._wake_up.wait(pause_s):
                self._stopping.wait(COALESCE_S)

    def _recover(self) -> None:
        """Release the leases of dead processes on this machine; poll running tasks before sending new ones."""
        dead = {owner for owner in self._claims.owners() if owner != self.owner and is_dead(owner)}
        if dead:
            self._claims.release_owners(dead)
        running = self._reader.ids_in(_IN_FLIGHT)
        # Also tasks deferred or leased until a time far ahead: the clock may have changed while no engine ran.
        self._schedule.wake_all(self._now(), is_failed_too=False)
        self._schedule.clamp_future_times(self._now(), left_s=LEFT_S)
        self._catching_up = set(running)
        self._catch_up_until = time.monotonic() + CATCH_UP_S
        if running:
            log.info("resuming %d tasks", len(running))

    def _tick(self) -> float:
        """Run one round; returns the longest time to wait for the next, seconds."""
        self.heartbeat_at = now = self._now()
        self._announcer.announce(self.owner, now)
        self._updates.flush()
        if jump_s := self._clock.jump_s():
            self._after_jump(now, jump_s)
        if self._is_time("renew", RENEW_EVERY_S):
            self._renew()
        if self._is_time("lost", LOST_EVERY_S):
            self._schedule.clamp_future_times(now, left_s=LEFT_S)
            self._give_up_lost_sends(now)
        if self._housekeeping and self._is_time("housekeeping", self._housekeeping_every_s):
            # On its own thread: it may take long on a large disk, and leases must be renewed meanwhile.
            threading.Thread(target=self._run_housekeeping, name="kaimedia-housekeeping", daemon=True).start()
        due = self._schedule.due(now)
        self._claim(now, due)
        if due:
            return self._tick_s / 5
        next_due_at = self._schedule.next_due_at()
        if next_due_at is None:
            return self._tick_s * 2
        return min(self._tick_s, max(0.0, (next_due_at - now).total_seconds()))

    def _after_jump(self, now: datetime, jump_s: float) -> None:
        """Times in the rows are no longer valid: make everything due, and give others time to renew their leases."""
        log.warning("the clock changed by %+.0f s; checking every task now", jump_s)
        self._renew()
        self._schedule.wake_all(now)
        self._schedule.clamp_future_times(now, longest_lease_s=LEASE_S, left_s=LEFT_S)
        steady = time.monotonic()
        self._last |= {"lost": steady + 2 * RENEW_EVERY_S, "housekeeping": steady + STEADY_S}
        self._clock.settle()

    def _run_housekeeping(self) -> None:
        try:
            if self._housekeeping and self._housekeeping_guard.acquire(blocking=False):
                try:
                    self._housekeeping()
                finally:
                    self._housekeeping_guard.release()
        except Exception as error:  # top of its thread: nothing above would log it
            log.error("housekeeping failed: %s", error, exc_info=not isinstance(error, KaimediaError))

    def _is_time(self, what: str, every_s: float) -> bool:
        now = time.monotonic()
        if now - self._last.get(what, 0.0) < every_s:
            return False
        self._last[what] = now
        return True

    def _claim(self, now: datetime, due: set[tuple[Phase, str]]) -> None:
        pools = (self._save, self._poll, self._prepare, *([self._send] if self._is_caught_up() else []))
        for pool in pools:
            providers = {provider for phase, provider in due if phase in pool.config.phases}
            claim = self._claim_sends if pool is self._send else self._claim_for
            answers = [claim(pool, provider, now) for provider in providers]
            pool.is_behind = any(answers)

    def _claim_for(self, pool: WorkerPool, provider: str, now: datetime) -> bool:
        """Fill a pool; returns whether more may be due than it holds.

        One with enough tasks for its threads is left alone: a claim is a transaction, whether of one task or of many.
        """
        free_slots = pool.free_slots
        if free_slots <= 0 or not pool.is_low:
            return True
        pace = reads_pace(provider, self._limits_of(provider)) if pool is self._poll else None
        # Polls held back by the account's rate limit stay due: claiming more often than it allows only burns CPU.
        if pace and not self._is_time(pace.name, min(0.25, 2 / pace.rate_per_s)):
            return False
        busy = pool.held() | self._updates.waiting()
        tasks = self._claims.claim(
            self.owner, now, LEASE_S, pool.config.phases, free_slots, provider=provider, pace=pace, exclude=busy
        )
        pool.take(tasks)
        return len(tasks) == free_slots

    def _claim_sends(self, pool: WorkerPool, provider: str, now: datetime) -> bool:
        free_slots = pool.free_slots
        self._balances.before_sending(provider)
        tasks = self._sends.claim(provider, now, free_slots, pool.held())
        pool.take(tasks)
        return len(tasks) == free_slots

    def _is_caught_up(self) -> bool:
        if self._catching_up and time.monotonic() > self._catch_up_until:
            log.warning("%d tasks not polled yet; sending resumes", len(self._catching_up))
            self._catching_up.clear()
        return not self._catching_up

    def _give_up_lost_sends(self, now: datetime) -> None:
        """A paid call whose process died has an unknown outcome; report it, never repeat it."""
        for task in self._claims.lost_sends(now, exclude=self._send.held()):
            fields = failures.lost_in_crash(task.provider)
            self._updates.commit_now(TaskChange(task.task_id, frozenset({Phase.SENDING}), fields))
            log.warning("outcome unknown after a crash", extra={"task_id": task.task_id})
            self._balances.after_sending(task.provider)

    def _renew(self) -> None:
        for pool in self._pools:
            pool.start_threads()
        alive = [task_id for pool in self._pools for task_id in pool.alive()]
        if alive:
            self._claims.renew(self.owner, alive, self._now() + timedelta(seconds=LEASE_S))

    # --- one step, on a worker thread -------------------------------------------------------------------------

    def _run(self, pool: WorkerPool, task: Task) -> None:
        change = run_step(pool.config, pool.handler, task, self._now(), is_stopping=self._stopping.is_set())
        change = cap_due_at(replace(change, owner=self.owner), self._now())
        try:
            self._updates.write(task, change)
        except Exception:  # the row stays leased until the lease expires; the worker thread must survive
            log.exception("change not written", extra={"task_id": task.task_id})
        phase = change.fields.get("phase", task.phase)
        if phase is not task.phase:
            note_change(task, change)
        if phase is not Phase.SAVING or pool is self._save:
            self._catching_up.discard(task.task_id)
        if pool is self._send:
            self._balances.after_sending(task.provider)
        due_at = change.fields.get("due_at")
        is_due = due_at is not None and due_at <= self._now()
        is_wanted = any(each.is_low for each in self._pools if phase in each.config.phases)
        if (pool.is_behind and pool.is_low) or (is_due and is_wanted):
            self._wake_up.set()
