"""Questions whose answer may take long: asked in the background, one at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from kaimedia.errors import KaimediaError

T = TypeVar("T")


class Lookup(Generic[T]):
    """One question, however many want to know: who comes while it is being asked shares its answer.

    Each gets a thread of its own, so a source that is silent holds one thread and nobody else's.
    """

    def __init__(self, name: str, ask: Callable[[], T]) -> None:
        self._name = name
        self._ask = ask
        self._guard = threading.Lock()
        self._asked: Future[T] | None = None

    def ask(self) -> Future[T]:
        """The answer to come, which may be a `KaimediaError`; never waits."""
        with self._guard:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                self._asked.set_running_or_notify_cancel()  # one who gives up must not cancel it for the others
                try:
                    threading.Thread(target=self._answer, args=(self._asked,), name=self._name, daemon=True).start()
                except RuntimeError:  # the system gives no more threads: whoever asks next tries again
                    self._asked.set_exception(KaimediaError(f"{self._name} could not be asked."))
            return self._asked

    def _answer(self, asked: Future[T]) -> None:
        try:
            asked.set_result(self._ask())
        except KaimediaError as error:
            asked.set_exception(error)
        finally:
            if not asked.done():  # a defect, which ends this thread and is in the log: nobody may wait for ever
                asked.set_exception(KaimediaError(f"{self._name} ended without an answer."))
