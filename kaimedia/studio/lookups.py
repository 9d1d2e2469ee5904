"""Slow lookups in the background, one at a time each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from kaimedia.errors import KaimediaError

T = TypeVar("T")


class Lookup(Generic[T]):
    """One lookup; callers that arrive while it runs share its result.

    Each runs on its own thread, so a source that hangs blocks one thread and no others.
    """

    def __init__(self, name: str, call: Callable[[], T]) -> None:
        self._name = name
        self._call = call
        self._guard = threading.Lock()
        self._pending: Future[T] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the lookup runs now."""
        with self._guard:
            return self._pending is not None and not self._pending.done()

    def request(self) -> Future[T]:
        """A future of the result, which may be a `KaimediaError`; never waits."""
        with self._guard:
            if self._pending is None or self._pending.done():
                self._pending = Future()
                self._pending.set_running_or_notify_cancel()  # a caller that gives up must not cancel it for others
                try:
                    threading.Thread(target=self._answer, args=(self._pending,), name=self._name, daemon=True).start()
                except RuntimeError:  # no more threads available: the next call tries again
                    self._pending.set_exception(KaimediaError(f"{self._name} could not be started."))
            return self._pending

    def _answer(self, future: Future[T]) -> None:
        try:
            future.set_result(self._call())
        except KaimediaError as error:
            future.set_exception(error)
        finally:
            if not future.done():  # a bug, which ends this thread and is logged: callers must not wait forever
                future.set_exception(KaimediaError(f"{self._name} ended without a result."))
