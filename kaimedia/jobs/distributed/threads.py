"""Threads for steps, which wait for the network: as many as may run at once, reused, so that connections are too."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future


class DaemonThreads:
    """Like a ThreadPoolExecutor, but the process may end while a step runs: a download resumes from its row."""

    def __init__(self, number: int, name: str) -> None:
        self._waiting: queue.SimpleQueue[tuple[Callable[[], None], Future[None]]] = queue.SimpleQueue()
        self._number = number
        self._name = name
        self._started = 0
        self._busy = 0
        self._guard = threading.Lock()

    def submit(self, call: Callable[[], None]) -> Future[None]:
        """Run `call` on one of the threads; the future has its end, or its error.

        Raises:
            RuntimeError: the system gives no thread, and none is there yet.
        """
        future: Future[None] = Future()
        with self._guard:
            self._busy += 1
            if self._started < min(self._number, self._busy):
                self._start_one()
        self._waiting.put((call, future))
        return future

    def _start_one(self) -> None:
        name = f"{self._name}-{self._started + 1}"
        try:
            threading.Thread(target=self._work, name=name, daemon=True).start()
        except RuntimeError:
            if self._started == 0:
                self._busy -= 1
                raise
        else:
            self._started += 1

    def _work(self) -> None:
        while True:
            call, future = self._waiting.get()
            try:
                call()
            except BaseException as error:  # handed to whoever waits for it
                future.set_exception(error)
            else:
                future.set_result(None)
            finally:
                with self._guard:
                    self._busy -= 1
