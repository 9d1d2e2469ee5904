"""The embedded driver: a loop that claims due rows, hands them to lanes, and writes what came of them.

Any number of these may run on one database: claims are decided there. State lives in the rows alone, so a
process may be killed at any instant.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from kaimedia.domain import ErrorCode, Pace, Phase, ProviderKind, Task, TaskChange
from kaimedia.errors import StoreError, StoreUnavailable
from kaimedia.jobs import failures
from kaimedia.jobs.clock import ClockWatch, in_reach
from kaimedia.jobs.lanes import Lane, LanePlan
from kaimedia.jobs.limits import Limits
from kaimedia.jobs.owner import is_dead, new_owner, retire
from kaimedia.jobs.plan import back_off_s
from kaimedia.jobs.steps import Steps
from kaimedia.jobs.writer import ChangeWriter, note_change

log = logging.getLogger("kaimedia.engine")

LEASE_S = 30.0
RENEW_EVERY_S = 8.0
LEFT_S = RENEW_EVERY_S + 2  # of a lease that a wrong clock wrote: time for its owner to renew it
LOST_EVERY_S = 1.0
CATCH_UP_S = 30.0
STEADY_S = 3600.0  # after the clock was set, nothing is deleted by age for so long
COALESCE_S = 0.03  # steps that end together are written together

SAVE = LanePlan("save", frozenset({Phase.SAVING}), workers=4, held_per_worker=2, longest_step_s=24 * 3600)
WATCH = LanePlan(
    "watch",
    frozenset({Phase.WAITING, Phase.GENERATING, Phase.FAILED}),
    workers=8,
    held_per_worker=4,
    longest_step_s=120,
)
PREPARE = LanePlan("prepare", frozenset({Phase.PREPARING}), workers=2, held_per_worker=2, longest_step_s=900)
SEND = LanePlan("send", frozenset({Phase.QUEUED}), workers=8, held_per_worker=1, longest_step_s=180)
_IN_FLIGHT = frozenset({Phase.WAITING, Phase.GENERATING, Phase.SAVING})


class Engine:
    """Drives all unfinished tasks from a thread of its own. `start` and `stop` once each."""

    def __init__(
        self,
        steps: Steps,
        *,
        limits: Limits | None = None,
        tick_s: float = 0.5,
        housekeeping: Callable[[], None] | None = None,
        housekeeping_every_s: float = 300.0,
    ) -> None:
        self.steps = steps
        self._tasks = steps.tasks
        self._now = steps.now
        self._clock = ClockWatch(steps.now)
        self._limits = limits or Limits()
        self._tick_s = tick_s
        self._housekeeping = housekeeping
        self._housekeeping_every_s = housekeeping_every_s
        self.owner = new_owner()
        self._writer = ChangeWriter(self._tasks)
        self._save = Lane(SAVE, steps.save, self._run)
        self._watch = Lane(WATCH, steps.watch, self._run)
        self._prepare = Lane(PREPARE, steps.prepare, self._run)
        self._send = Lane(SEND, steps.send, self._run)
        self._lanes = (self._save, self._watch, self._prepare, self._send)
        self._bell = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._catching_up: set[str] = set()
        self._catch_up_until = 0.0
        self._last: dict[str, float] = {}
        self._house_guard = threading.Lock()
        self.beat_at: datetime | None = None

    # --- life ---------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Take over what dead processes of this machine left, then run until `stop`."""
        self._thread = threading.Thread(target=self._loop, name="kaimedia-engine", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Something is due now."""
        self._bell.set()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Claim nothing more, let paid calls under way end, give back what is left."""
        until = time.monotonic() + timeout_s
        self._stopping.set()
        self._bell.set()
        if self._thread is not None:
            self._thread.join(timeout_s)
        while self._send.held() and time.monotonic() < until:
            time.sleep(0.02)
        try:
            self._writer.flush()
            # A call still under way keeps its lease: the row must not look free while money may be moving.
            for lane in (self._save, self._watch, self._prepare):
                self._tasks.release(self.owner, list(lane.held()))
        except StoreError as error:
            log.warning("leases not given back, they end by themselves: %s", error)
        if not self._send.held():
            retire(self.owner)

    @property
    def is_running(self) -> bool:
        """True between `start` and `stop`."""
        return self._thread is not None and self._thread.is_alive() and not self._stopping.is_set()

    @property
    def is_sending(self) -> bool:
        """True while a paid call is under way or its outcome is not written yet."""
        return bool(self._send.held())

    # --- the loop -----------------------------------------------------------------------------------------

    def _loop(self) -> None:
        recovered = False
        trouble = 0
        while not self._stopping.is_set():
            self._bell.clear()
            try:
                if not recovered:
                    self._recover()
                    recovered = True
                pause_s = self._tick()
                trouble = 0
            except StoreUnavailable as error:
                trouble += 1
                pause_s = back_off_s(trouble, first_s=0.5, longest_s=15)
                log.error("database trouble, next try in %.1f s: %s", pause_s, error)
            except Exception:  # a fault of ours in one round: what is paid for must still be fetched in the next
                log.exception("a tick failed")
                pause_s = 2.0
            if self._bell.wait(pause_s):
                self._stopping.wait(COALESCE_S)

    def _recover(self) -> None:
        """Free what processes of this machine held when they died; look at running tasks before sending new ones."""
        dead = {owner for owner in self._tasks.owners() if owner != self.owner and is_dead(owner)}
        if dead:
            self._tasks.release_owners(dead)
        running = [task.task_id for task in self._tasks.shown(limit=10_000) if task.phase in _IN_FLIGHT]
        # Also what is put off or held till a time far ahead: the clock may have been set while nobody ran.
        self._tasks.wake_all(self._now(), is_failed_too=False)
        self._tasks.bring_near(self._now(), left_s=LEFT_S)
        self._catching_up = set(running)
        self._catch_up_until = time.monotonic() + CATCH_UP_S
        if running:
            log.info("%d tasks go on where they were", len(running))

    def _tick(self) -> float:
        """One round; returns how long to wait at most, seconds."""
        self.beat_at = now = self._now()
        self._writer.flush()
        if jump_s := self._clock.jump_s():
            self._after_jump(now, jump_s)
        if self._is_time("renew", RENEW_EVERY_S):
            self._renew()
        if self._is_time("lost", LOST_EVERY_S):
            self._tasks.bring_near(now, left_s=LEFT_S)
            self._give_up_lost_sends(now)
        if self._housekeeping and self._is_time("housekeeping", self._housekeeping_every_s):
            # Beside the loop: it may take long on a large disk, and leases want renewing meanwhile.
            threading.Thread(target=self._keep_house, name="kaimedia-house", daemon=True).start()
        due = self._tasks.due(now)
        if due:
            self._claim(now, due)
            return self._tick_s / 5
        next_due_at = self._tasks.next_due_at()
        if next_due_at is None:
            return self._tick_s * 2
        return min(self._tick_s, max(0.0, (next_due_at - now).total_seconds()))

    def _after_jump(self, now: datetime, jump_s: float) -> None:
        """What the rows say about time no longer fits: everything is due, and others may renew their leases first."""
        log.warning("the clock was set by %+.0f s; every task is looked at now", jump_s)
        self._renew()
        self._tasks.wake_all(now)
        self._tasks.bring_near(now, longest_lease_s=LEASE_S, left_s=LEFT_S)
        steady = time.monotonic()
        self._last |= {"lost": steady + 2 * RENEW_EVERY_S, "housekeeping": steady + STEADY_S}
        self._clock.settle()

    def _keep_house(self) -> None:
        try:
            if self._housekeeping and self._house_guard.acquire(blocking=False):
                try:
                    self._housekeeping()
                finally:
                    self._house_guard.release()
        except Exception:  # a thread of its own, with nobody above it to tell
            log.exception("housekeeping failed; next time again")

    def _is_time(self, what: str, every_s: float) -> bool:
        now = time.monotonic()
        if now - self._last.get(what, 0.0) < every_s:
            return False
        self._last[what] = now
        return True

    def _claim(self, now: datetime, due: set[tuple[Phase, ProviderKind]]) -> None:
        for lane in (self._save, self._watch, self._prepare):
            for provider in {provider for phase, provider in due if phase in lane.plan.phases}:
                self._claim_for(lane, provider, now)
        if self._is_caught_up():
            for provider in {provider for phase, provider in due if phase in SEND.phases}:
                self._claim_sends(provider, now)

    def _claim_for(self, lane: Lane, provider: ProviderKind, now: datetime) -> None:
        room = lane.room
        pace = self._reads_pace(provider) if lane is self._watch else None
        # Looks that the account's rate holds back stay due: asking more often than tokens come is only heat.
        if room <= 0 or (pace and not self._is_time(pace.name, min(0.25, 2 / pace.rate_per_s))):
            return
        busy = lane.held() | self._writer.waiting()
        tasks = self._tasks.claim(
            self.owner, now, LEASE_S, lane.plan.phases, room, provider=provider, pace=pace, exclude=busy
        )
        lane.take(tasks)

    def _reads_pace(self, provider: ProviderKind) -> Pace:
        rate = self._limits.reads_per_s
        return Pace(f"reads:{provider}", rate, max(1, int(rate)))

    def _claim_sends(self, provider: ProviderKind, now: datetime) -> None:
        room = self._send.room
        if room <= 0:
            return
        tasks = self._tasks.claim_to_send(
            self.owner,
            now,
            LEASE_S,
            room,
            provider=provider,
            window_s=self._limits.window_s,
            max_in_window=self._limits.creates,
            exclude=self._send.held(),  # one whose change is not written for sure must not be sent meanwhile
        )
        self._send.take(tasks)

    def _is_caught_up(self) -> bool:
        if self._catching_up and time.monotonic() > self._catch_up_until:
            log.warning("%d tasks not looked at yet; sending goes on", len(self._catching_up))
            self._catching_up.clear()
        return not self._catching_up

    def _give_up_lost_sends(self, now: datetime) -> None:
        """A paid call whose process died has an unknown outcome; it is said, never repeated."""
        for task in self._tasks.lost_sends(now, exclude=self._send.held()):
            fields = failures.failed(ErrorCode.OUTCOME_UNKNOWN, failures.LOST_IN_CRASH, may_have_cost=True)
            self._writer.write_surely(TaskChange(task.task_id, frozenset({Phase.SENDING}), fields))
            log.warning("outcome unknown after a crash", extra={"task_id": task.task_id})

    def _renew(self) -> None:
        for lane in self._lanes:
            lane.start_threads()
        alive = [task_id for lane in self._lanes for task_id in lane.alive()]
        if alive:
            self._tasks.renew(self.owner, alive, self._now() + timedelta(seconds=LEASE_S))

    # --- one step, on a lane's thread ---------------------------------------------------------------------

    def _run(self, lane: Lane, task: Task) -> None:
        was_full = lane.room <= 0
        change = in_reach(replace(self._do(lane, task), owner=self.owner), self._now())
        try:
            self._writer.write(task, change)
        except Exception:  # the row keeps its lease until it ends; the lane's thread must live on
            log.exception("a change was not written", extra={"task_id": task.task_id})
        phase = change.fields.get("phase", task.phase)
        if phase is not task.phase:
            note_change(task, change)
        if phase is not Phase.SAVING or lane is self._save:
            self._catching_up.discard(task.task_id)
        if was_full or phase is not task.phase:
            self._bell.set()

    def _do(self, lane: Lane, task: Task) -> TaskChange:
        if self._stopping.is_set():
            return failures.not_begun(task, self._now(), is_claimed_to_send=lane is self._send)
        try:
            return lane.step(task)
        except Exception as error:  # a fault of ours must neither stop the loop nor repeat a paid call
            log.exception("step %s failed", lane.plan.name, extra={"task_id": task.task_id})
            if lane is self._send:
                fields = failures.failed(ErrorCode.OUTCOME_UNKNOWN, failures.LOST_REPLY, may_have_cost=True)
                return TaskChange(task.task_id, frozenset({Phase.SENDING}), fields)
            return failures.after_fault(task, error, self._now())
