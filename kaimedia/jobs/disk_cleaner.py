"""Cleans this machine's disk every few minutes, in processes whose tasks are run elsewhere or by several workers."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from kaimedia.errors import KaimediaError
from kaimedia.jobs.clock import STEADY_S, ClockWatch

log = logging.getLogger("kaimedia.housekeeping")

EVERY_S = 300.0


class DiskCleaner:
    """Calls `clean` on a thread of its own. Call `start` and `stop` once each.

    After a change of the clock `now`, nothing is cleaned for `STEADY_S`: what is deleted depends on ages.
    """

    def __init__(self, clean: Callable[[], None], now: Callable[[], datetime]) -> None:
        self._clean = clean
        self._clock = ClockWatch(now)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kaimedia-disk", daemon=True)

    def start(self) -> None:
        """Clean now, then every `EVERY_S`."""
        self._thread.start()

    def stop(self) -> None:
        """Begin no further round; one in progress is not waited for: it may take long on a large disk."""
        self._stopping.set()

    def _run(self) -> None:
        steady_from = 0.0
        while not self._stopping.is_set():
            if self._clock.jump_s():
                self._clock.settle()
                steady_from = time.monotonic() + STEADY_S
            if time.monotonic() >= steady_from:
                self._clean_once()
            self._stopping.wait(EVERY_S)

    def _clean_once(self) -> None:
        try:
            self._clean()
        except KaimediaError:
            pass  # each part has logged its own
        except Exception:  # top of its thread: nothing above would log it
            log.exception("cleaning the disk failed; will run again next time")
