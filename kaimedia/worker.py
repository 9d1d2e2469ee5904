"""The engine in a process of its own: `python -m kaimedia worker`."""

from __future__ import annotations

import logging
import signal
import sys
import threading

from kaimedia import config as configuration
from kaimedia import log as logs
from kaimedia.config import Config
from kaimedia.context import AppContext, open_context
from kaimedia.errors import KaimediaError, StoreUnavailable
from kaimedia.jobs.plan import back_off_s

log = logging.getLogger("kaimedia.worker")


FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0


def work() -> int:
    """Run the queue until SIGTERM or SIGINT, then stop within about five seconds. Returns the exit code.

    Waits for a database that cannot be reached: a worker that exits would leave paid tasks unattended.
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        config = configuration.load()
        logs.setup(config.log_level, as_json=config.log_json)
        context = open_with_retries(config, stopping)
    except KaimediaError as error:
        print(f"{error.message} {error.next_step}", file=sys.stderr)
        return 1
    if context is None:
        return 0
    log.info("running as %s", context.engine.owner)
    stopping.wait()
    context.close()
    log.info("stopped")
    return 0


def open_with_retries(config: Config, stopping: threading.Event) -> AppContext | None:
    """Open the app as soon as its database can be reached; None when stopped before.

    Raises:
        KaimediaError: the app cannot be opened, and waiting would not help.
    """
    tries = 0
    while True:
        try:
            return open_context(config, run_engine=True)
        except StoreUnavailable as error:
            tries += 1
            pause_s = back_off_s(tries, first_s=FIRST_PAUSE_S, longest_s=LONGEST_PAUSE_S)
            log.error("cannot open, trying again in %.0f s: %s %s", pause_s, error.message, error.next_step)
        if stopping.wait(pause_s):
            return None
