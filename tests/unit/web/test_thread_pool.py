"""Calls on threads: results, errors, contexts, and how many at once."""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from contextvars import ContextVar

import pytest

from kaimedia.web.thread_pool import ThreadPool

current: ContextVar[str] = ContextVar("current", default="")


def test_results_errors_and_context() -> None:
    pool = ThreadPool("test", 2)

    async def ask() -> None:
        current.set("mine")
        assert await pool.run(pow, 2, 10) == 1024
        assert await pool.run(current.get) == "mine"
        assert await pool.run(lambda: threading.current_thread() is not threading.main_thread())
        with pytest.raises(ZeroDivisionError):
            await pool.run(divmod, 1, 0)
        assert await pool.run(pow, 2, 3) == 8, "the thread goes on after an error"

    asyncio.run(ask())
    assert asyncio.run(pool.run(pow, 3, 2)) == 9, "in another event loop too"


def test_a_waiting_thread_keeps_no_result() -> None:
    """It may be a large file, and the thread may wait for hours."""
    pool = ThreadPool("test", 1)

    class Result: ...

    async def ask() -> weakref.ref[Result]:
        return weakref.ref(await pool.run(Result))

    found = asyncio.run(ask())
    for _ in range(100):
        if found() is None:
            break
        time.sleep(0.01)
    assert found() is None


def test_no_more_threads_than_allowed_and_none_for_a_call_that_a_free_one_takes() -> None:
    pool, may_end, names = ThreadPool("test", 3), threading.Event(), []

    def hang(number: int) -> int:
        names.append(threading.current_thread().name)
        may_end.wait(10)
        return number

    async def ask() -> None:
        for _ in range(5):
            assert len({await pool.run(threading.get_ident) for _ in range(3)}) == 1
        waiting = [asyncio.create_task(pool.run(hang, number)) for number in range(7)]
        while len(names) < 3:
            await asyncio.sleep(0.005)
        assert len(set(names)) == 3
        may_end.set()
        assert await asyncio.gather(*waiting) == list(range(7))
        assert len(set(names)) == 3 and len(names) == 7

    asyncio.run(ask())


def test_a_cancelled_call_ends_and_its_thread_is_free_again() -> None:
    pool, may_end, ended = ThreadPool("test", 1), threading.Event(), []

    async def ask() -> None:
        task = asyncio.create_task(pool.run(lambda: ended.append(may_end.wait(10))))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        may_end.set()
        assert await pool.run(len, ended) == 1

    asyncio.run(ask())


def test_a_call_that_ends_after_its_loop_leaves_the_thread_usable() -> None:
    pool, may_end = ThreadPool("test", 1), threading.Event()

    async def begin() -> None:
        asyncio.create_task(pool.run(may_end.wait, 10))  # noqa: RUF006
        await asyncio.sleep(0)

    asyncio.run(begin())
    may_end.set()
    assert asyncio.run(pool.run(pow, 2, 2)) == 4
