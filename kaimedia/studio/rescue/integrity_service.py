"""Runs the comparison of files and gallery, or its repair: one at a time, in the background or at once."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from kaimedia.domain import utc_now
from kaimedia.domain.integrity import Fault, FaultKind, IntegrityJob, IntegrityReport, IntegrityState, Remedy
from kaimedia.errors import KaimediaError, StaleTransition
from kaimedia.studio.rescue.integrity_check import IntegrityCheck, Progress
from kaimedia.studio.rescue.integrity_repair import IntegrityRepair

log = logging.getLogger(__name__)

MAX_LISTED = 500
FRESH_S = 60.0


class IntegrityService:
    """The integrity report. Thread-safe."""

    def __init__(self, check: IntegrityCheck, repair: IntegrityRepair, wake: Callable[[], None]) -> None:
        self._check = check
        self._repair = repair
        self._wake = wake
        self._guard = threading.Lock()
        self._state = IntegrityState()

    def state(self) -> IntegrityState:
        """What runs and what was found last, since this process started; never waits."""
        return self._state

    def state_refreshed(self, *, is_deep: bool) -> IntegrityState:
        """The same; begins a comparison unless something runs, or ended or failed less than a minute ago."""
        known = self._state
        is_recent = known.ended_at is not None and (utc_now() - known.ended_at).total_seconds() < FRESH_S
        is_enough = known.problem is not None or (known.report is not None and known.report.is_deep >= is_deep)
        if known.job is None and not (is_recent and is_enough):
            self._begin(IntegrityJob.CHECK, lambda progress: self.check(is_deep=is_deep, on_progress=progress))
        return self._state

    def begin_check(self, *, is_deep: bool) -> None:
        """Compare in the background. Raises StaleTransition while something runs."""
        if not self._begin(IntegrityJob.CHECK, lambda progress: self.check(is_deep=is_deep, on_progress=progress)):
            raise _busy()

    def begin_repair(self) -> None:
        """Repair in the background. Raises StaleTransition while something runs."""
        if not self._begin(IntegrityJob.REPAIR, self.repair):
            raise _busy()

    def check(self, *, is_deep: bool, on_progress: Progress = lambda _done, _total: None) -> IntegrityReport:
        """Compare now; takes as long as reading the storage does.

        Raises:
            StorageUnavailable: the storage does not respond.
            StoreUnavailable: the database does not answer.
        """
        counted = _Counted(on_progress)
        faults = (found.fault for found in self._check.faults(is_deep=is_deep, on_progress=counted.progress))
        return counted.report(faults, is_deep=is_deep)

    def repair(self, on_progress: Progress = lambda _done, _total: None) -> IntegrityReport:
        """Repair now; raises as `check` does."""
        counted = _Counted(on_progress)
        try:
            return counted.report(self._repair.run(counted.progress), is_deep=True)
        finally:
            self._wake()

    def _begin(self, job: IntegrityJob, run: Callable[[Progress], IntegrityReport]) -> bool:
        with self._guard:
            if self._state.job is not None:
                return False
            thread = threading.Thread(target=self._run, args=(run,), name="kaimedia-integrity", daemon=True)
            before, self._state = self._state, replace(self._state, job=job, checked=0, items=0)
            try:
                thread.start()
            except RuntimeError as error:  # no more threads available
                self._state = before
                raise StaleTransition("It could not be started now.", next_step="Try again in a moment.") from error
        return True

    def _run(self, run: Callable[[Progress], IntegrityReport]) -> None:
        report, problem = self._state.report, "It ended unexpectedly; the server log has the details."
        try:
            report, problem = run(self._note_progress), ""
        except KaimediaError as error:
            log.warning("the files were not compared: %s", error)
            problem = error.message
        finally:
            self._state = IntegrityState(report=report, problem=problem or None, ended_at=utc_now())

    def _note_progress(self, done: int, total: int) -> None:
        self._state = replace(self._state, checked=done, items=total)


class _Counted:
    """Counts the faults of one run, and lists the first."""

    def __init__(self, on_progress: Progress) -> None:
        self._on_progress = on_progress
        self._items = 0

    def progress(self, done: int, total: int) -> None:
        self._items = done
        self._on_progress(done, total)

    def report(self, faults: Iterable[Fault], *, is_deep: bool) -> IntegrityReport:
        kinds: Counter[FaultKind] = Counter()
        remedies: Counter[Remedy] = Counter()
        listed: list[Fault] = []
        for fault in faults:
            kinds[fault.kind] += 1
            if fault.remedy is not None:
                remedies[fault.remedy] += 1
            if len(listed) < MAX_LISTED:
                listed.append(fault)
        return IntegrityReport(utc_now(), is_deep, self._items, dict(kinds), dict(remedies), tuple(listed))


def _busy() -> StaleTransition:
    return StaleTransition("The files are being compared or repaired right now.", next_step="Wait until it is done.")
