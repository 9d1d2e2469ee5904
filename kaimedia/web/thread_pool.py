"""Threads for calls that block. A change to one of anyio's threads and back takes twice as long."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
Report = Callable[[], object]


class ThreadPool:
    """Up to `most` threads, started as needed. They never keep a process from ending: a call may hang.

    Safe to share between threads and event loops.
    """

    def __init__(self, name: str, most: int) -> None:
        self._name = name
        self._most = most
        self._calls: SimpleQueue[Callable[[], Report]] = SimpleQueue()
        self._guard = threading.Lock()
        self._started = 0
        self._free = 0  # threads without a call; below 0: calls that wait for a thread

    async def run(self, call: Callable[..., T], *args: Any) -> T:
        """The result of `call(*args)`, in the current context; waits until a thread is free.

        If the task is cancelled, the call goes on and its result is dropped.
        """
        loop = asyncio.get_running_loop()
        result: asyncio.Future[T] = loop.create_future()
        self._submit(partial(_outcome, loop, result, partial(copy_context().run, call, *args)))
        return await result

    def _submit(self, call: Callable[[], Report]) -> None:
        with self._guard:
            needs_thread = self._free <= 0 and self._started < self._most
            if needs_thread:
                self._started += 1
            else:
                self._free -= 1
        if needs_thread:
            threading.Thread(target=self._work, name=f"{self._name}-{self._started}", daemon=True).start()
        self._calls.put(call)  # last: the thread wakes at once, and waits for the interpreter

    def _work(self) -> None:
        while True:
            report = self._calls.get()()
            with self._guard:
                self._free += 1  # before the result is seen: the next call needs no other thread
            report()
            del report  # a thread that waits for its next call would keep the last one's result


def _outcome(loop: asyncio.AbstractEventLoop, result: asyncio.Future[T], call: Callable[[], T]) -> Report:
    """Call it; returns what settles the result."""
    try:
        settle: Callable[[], None] = partial(result.set_result, call())
    except BaseException as error:  # is raised where it is awaited
        settle = partial(result.set_exception, error)
    return partial(_settle, loop, result, settle)


def _settle(loop: asyncio.AbstractEventLoop, result: asyncio.Future[Any], settle: Callable[[], None]) -> None:
    def unless_cancelled() -> None:
        if not result.done():
            settle()

    with suppress(RuntimeError):  # the loop has been closed
        loop.call_soon_threadsafe(unless_cancelled)
