"""A process of `bench/ledger.py`: submits tasks, or runs them and kills itself at a chosen instant.

`submit NUMBER` submits that many tasks on threads, all at once, and prints how many were allowed.
`die POINT PROMPT` submits one task, runs the engine, and ends with SIGKILL at that point.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.fast_worker import UNLIMITED
from kaimedia import config, log
from kaimedia.context import AppContext, open_context
from kaimedia.domain import GenerationRequest
from kaimedia.errors import LimitReached
from kaimedia.media.result_saver import ResultSaver
from kaimedia.providers.base import Report, TaskState
from kaimedia.providers.kie.client import KieClient

POINTS = {
    "submitted": "reserved, before it is claimed",
    "sending": "committed as sending, before the call",
    "sent": "accepted and charged, before the id is written",
    "accepted": "the id is written, before the first answer to a poll",
    "done": "done at the provider, before it is settled",
    "settled": "settled, before the file is saved",
}
LIFETIME_S = 60.0


def request(prompt: str) -> GenerationRequest:
    """An image of 6 credits."""
    return GenerationRequest("gpt4o-image", prompt, "1:1")


def die(*_: object, **__: object) -> Any:
    """End like a process that lost its power."""
    os.kill(os.getpid(), signal.SIGKILL)


def _dying(point: str) -> None:
    """Make this process end at that point."""
    submit, report = KieClient.submit, KieClient.report

    def dying_submit(*arguments: Any, **named: Any) -> str:
        if point == "sending":
            die()
        made = submit(*arguments, **named)
        return die() if point == "sent" else made

    def dying_report(*arguments: Any, **named: Any) -> Report:
        found = report(*arguments, **named)
        if point == "accepted" or (point == "done" and found.state is TaskState.COMPLETED):
            die()
        return found

    patches: dict[str, tuple[type, str, Callable[..., Any]]] = {
        "sending": (KieClient, "submit", dying_submit),
        "sent": (KieClient, "submit", dying_submit),
        "accepted": (KieClient, "report", dying_report),
        "done": (KieClient, "report", dying_report),
        "settled": (ResultSaver, "save", die),
    }
    if point in patches:
        owner, name, replacement = patches[point]
        setattr(owner, name, replacement)


def _open() -> AppContext:
    settings = config.load()
    log.setup(settings.log_level)
    return open_context(settings, limits=UNLIMITED, run_engine=False)


def _submit(number: int) -> None:
    context = _open()
    print("ready", flush=True)
    sys.stdin.readline()

    def one(index: int) -> int:
        try:
            context.studio.tasks.submit(request(f"limit, process {os.getpid()}, request {index}"))
        except LimitReached:
            return 0
        return 1

    with ThreadPoolExecutor(number) as pool:
        print(sum(pool.map(one, range(number))), flush=True)
    context.close()


def main() -> None:
    """Run one of the two."""
    what, *arguments = sys.argv[1:]
    if what == "submit":
        _submit(int(arguments[0]))
        return
    point, prompt = arguments
    _dying(point)
    context = _open()
    context.studio.tasks.submit(request(prompt))
    if point == "submitted":
        die()
    context.engine.start()  # only now: the tasks of earlier processes may make this one die at once
    threading.Event().wait(LIFETIME_S)
    sys.exit(f"it was not killed at “{point}”")


if __name__ == "__main__":
    main()
