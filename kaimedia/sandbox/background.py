"""Run blocking work beside the event loop without delaying the loop's shutdown."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

from kaimedia.sandbox.protocol.fetching import Unreachable

T = TypeVar("T")


async def in_background(work: Callable[[], T]) -> T:
    """The result of `work`, run in a daemon thread; if the wait is canceled, the thread is abandoned.

    Raises:
        Unreachable: raised by `work`.

    The default executor is joined when the loop ends, so a callback receiver that hangs would delay the shutdown.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def set_outcome(result: T | None, error: Unreachable | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result: T | None = None
        failure: Unreachable | None = Unreachable("the attempt was interrupted")
        try:
            result = work()
            failure = None
        except Unreachable as error:
            failure = error
        finally:
            with contextlib.suppress(RuntimeError):  # the loop has already ended
                loop.call_soon_threadsafe(set_outcome, result, failure)

    threading.Thread(target=run, name="sandbox-background", daemon=True).start()
    return await future
