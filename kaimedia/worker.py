"""The engine alone, beside the app: `python -m kaimedia worker`."""

from __future__ import annotations

import logging
import signal
import sys
import threading

from kaimedia import config as configuration
from kaimedia import log as logs
from kaimedia.bootstrap import open_house
from kaimedia.errors import KaimediaError

log = logging.getLogger("kaimedia.worker")


def work() -> int:
    """Work the queue until SIGTERM or SIGINT; then end within about five seconds. Returns the exit code."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        config = configuration.load()
        logs.setup(config.log_level, as_json=config.log_json)
        house = open_house(config, run_engine=True)
    except KaimediaError as error:
        print(f"{error.message} {error.next_step}", file=sys.stderr)
        return 1
    log.info("working as %s", house.engine.owner)
    stopping.wait()
    house.close()
    log.info("stopped")
    return 0
