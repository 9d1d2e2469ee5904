"""Rechecks a key the provider rejected until it is accepted, so that recovery needs no user action."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from itertools import chain, repeat

log = logging.getLogger("kaimedia.jobs")

PAUSES_S = (0.0, 5.0, 15.0, 60.0, 120.0)
LAST_PAUSE_S = 300.0


class KeyRecheck:
    """One background thread while a key is refused.

    `check` makes the free balance call and returns whether the key is accepted. The first call is immediate, the next
    after 5 s, 15 s, 1, 2 and then every 5 minutes. Safe to call from any thread.
    """

    def __init__(self, check: Callable[[], bool], pauses_s: tuple[float, ...] = PAUSES_S) -> None:
        self._check = check
        self.pauses_s = pauses_s
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_wanted = False
        self._over = threading.Event()

    def begin(self) -> None:
        """Start checking; does nothing while checks already run."""
        with self._guard:
            self._is_wanted = True
            if self._over.is_set() or (self._thread is not None and self._thread.is_alive()):
                return
            thread = threading.Thread(target=self._run, name="kaimedia-key", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # no more threads available; the next call tries again
                log.warning("the rejected key cannot be checked now: %s", error)
                return
            self._thread = thread

    @property
    def is_running(self) -> bool:
        """True while the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def stop(self) -> None:
        """Stop checking for good."""
        self._over.set()

    def _run(self) -> None:
        while self._check_until_accepted():
            with self._guard:
                if not self._is_wanted:
                    self._thread = None
                    return

    def _check_until_accepted(self) -> bool:
        """Returns False once stopped. Each rejection starts with the short pauses again."""
        for pause_s in chain(self.pauses_s, repeat(LAST_PAUSE_S)):
            if self._over.wait(pause_s):
                return False
            with self._guard:
                self._is_wanted = False
            if self._check():
                log.info("the provider accepts the key again")
                return True
            log.debug("the key is not accepted yet")
        return False
