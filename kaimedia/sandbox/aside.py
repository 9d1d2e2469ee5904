"""Running something that blocks beside the event loop, without the loop's end having to wait for it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

from kaimedia.sandbox.fetching import Unreachable

T = TypeVar("T")


async def aside(work: Callable[[], T]) -> T:
    """The result of `work`, done in a daemon thread; when the wait is cancelled the thread is left to itself.

    Raises:
        Unreachable: as `work` does.

    The default executor would be joined at the end of the loop: a receiver that hangs would hold up the stop.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, error: Unreachable | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result: T | None = None
        failure: Unreachable | None = Unreachable("the attempt broke off")
        try:
            result = work()
            failure = None
        except Unreachable as error:
            failure = error
        finally:
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(tell, result, failure)

    threading.Thread(target=run, name="sandbox-aside", daemon=True).start()
    return await future
