"""Threads of their own for the media storage: while it hangs, the rest of the app must still get threads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

T = TypeVar("T")

MOST_THREADS = 32
_limiter: RunVar[CapacityLimiter] = RunVar("media_storage_threads")


async def run(call: Callable[..., T], *args: Any) -> T:
    """The result of `call(*args)`, on one of `MOST_THREADS` threads; waits until one is free."""
    return await to_thread.run_sync(partial(call, *args), limiter=_of_this_loop())


def _of_this_loop() -> CapacityLimiter:
    try:
        return _limiter.get()
    except LookupError:
        limiter = CapacityLimiter(MOST_THREADS)
        _limiter.set(limiter)
        return limiter
