"""Whether results can be saved now, checked in the background before anything is paid."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from kaimedia.errors import KaimediaError

log = logging.getLogger("kaimedia.jobs")

REPEAT_S = 2.0
FRESH_S = 5.0  # answers up to this age count, so that a check of a bucket holds up nothing while all is well
MOMENT_S = 0.02  # enough for a local disk


@dataclass(frozen=True, slots=True)
class StorageAnswer:
    """The outcome of a check: its time (monotonic, seconds), and why nothing can be saved, if so."""

    at_s: float
    problem: KaimediaError | None


class StorageCheck:
    """The latest outcome of `check`, which raises a KaimediaError while nothing can be saved.

    A check may take as long as a bucket's timeouts, so each runs on a thread of its own, one at a time; `on_end` is
    called after each.
    """

    def __init__(self, check: Callable[[], None], on_end: Callable[[], None]) -> None:
        self._check = check
        self._on_end = on_end
        self._guard = threading.Lock()
        self._running: threading.Event | None = None  # set when the check in progress ends
        self._answer: StorageAnswer | None = None

    def latest(self) -> StorageAnswer | None:
        """The latest answer, None while there is no recent one; starts a check if needed, waits a moment at most."""
        if (answer := self._fresh(REPEAT_S)) is not None:
            return answer
        ended = self._begin()
        if (answer := self._fresh(FRESH_S)) is not None:
            return answer
        ended.wait(MOMENT_S)
        return self._fresh(FRESH_S)

    def _fresh(self, max_age_s: float) -> StorageAnswer | None:
        answer = self._answer
        return answer if answer is not None and time.monotonic() - answer.at_s <= max_age_s else None

    def _begin(self) -> threading.Event:
        with self._guard:
            if self._running is not None:
                return self._running
            ended = threading.Event()
            try:
                threading.Thread(target=self._run, args=(ended,), name="kaimedia-storage", daemon=True).start()
                self._running = ended
            except RuntimeError as error:  # the next call tries again
                log.error("no thread to check the media storage: %s", error)
            return ended

    def _run(self, ended: threading.Event) -> None:
        problem: KaimediaError | None = KaimediaError("The check of the media storage failed.")  # unless it ends well
        try:
            self._check()
            problem = None
        except KaimediaError as error:
            problem = error
        finally:
            with self._guard:
                was_well = self._answer is None or self._answer.problem is None
                self._answer = StorageAnswer(time.monotonic(), problem)
                self._running = None
            if problem is not None and was_well:
                log.warning("nothing is sent while results cannot be saved: %s", problem)
            ended.set()
            self._on_end()
