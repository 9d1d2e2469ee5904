"""Checks the media storage in the background, so that a wrong key or address shows before it is used."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from kaimedia.errors import KaimediaError

log = logging.getLogger("kaimedia.storage")

WELL_S, FAILED_S = 300.0, 15.0  # pauses after a check


class StorageWatch:
    """The latest outcome of `check`, which raises a KaimediaError while the storage cannot be used.

    A change is logged once, in one line. `pauses_s` are seconds until the next check: while all is well, and while not.
    """

    def __init__(self, check: Callable[[], None], pauses_s: tuple[float, float] = (WELL_S, FAILED_S)) -> None:
        self._check = check
        self._well_s, self._failed_s = pauses_s
        self._stopping = threading.Event()
        self._problem: KaimediaError | None = None

    @property
    def problem(self) -> KaimediaError | None:
        """Why the storage cannot be used; None while it can, and before the first check has ended."""
        return self._problem

    def start(self) -> None:
        """Check now, and again from time to time until `stop`."""
        threading.Thread(target=self._run, name="kaimedia-storage-watch", daemon=True).start()

    def stop(self) -> None:
        """Check no more; does not wait for a check in progress."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._note(self._found())
            self._stopping.wait(self._well_s if self._problem is None else self._failed_s)

    def _found(self) -> KaimediaError | None:
        try:
            self._check()
        except KaimediaError as error:
            return error.with_traceback(None)
        return None

    def _note(self, problem: KaimediaError | None) -> None:
        before, self._problem = self._problem, problem
        if problem is None:
            if before is not None:
                log.info("the media storage responds again")
        elif before is None or before.message != problem.message:
            log.warning("%s %s", problem.message, problem.next_step)
