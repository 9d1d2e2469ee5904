"""The engine alone, beside the app: `python -m kaimedia worker`."""

from __future__ import annotations

import logging
import signal
import sys
import threading

from kaimedia import config as configuration
from kaimedia import log as logs
from kaimedia.bootstrap import House, open_house
from kaimedia.config import Config
from kaimedia.errors import KaimediaError, StoreUnavailable
from kaimedia.jobs.plan import back_off_s

log = logging.getLogger("kaimedia.worker")


FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0


def work() -> int:
    """Work the queue until SIGTERM or SIGINT; then end within about five seconds. Returns the exit code.

    A database that cannot be reached is waited for: a worker that ends would leave paid tasks alone.
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        config = configuration.load()
        logs.setup(config.log_level, as_json=config.log_json)
        house = open_with_retries(config, stopping)
    except KaimediaError as error:
        print(f"{error.message} {error.next_step}", file=sys.stderr)
        return 1
    if house is None:
        return 0
    log.info("working as %s", house.engine.owner)
    stopping.wait()
    house.close()
    log.info("stopped")
    return 0


def open_with_retries(config: Config, stopping: threading.Event) -> House | None:
    """The app, opened as soon as its database can be reached; None when told to stop before.

    Raises:
        KaimediaError: waiting would not help.
    """
    tries = 0
    while True:
        try:
            return open_house(config, run_engine=True)
        except StoreUnavailable as error:
            tries += 1
            pause_s = back_off_s(tries, first_s=FIRST_PAUSE_S, longest_s=LONGEST_PAUSE_S)
            log.error("cannot open, trying again in %.0f s: %s %s", pause_s, error.message, error.next_step)
        if stopping.wait(pause_s):
            return None
