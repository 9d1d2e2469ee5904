"""A worker without the account's speed limits, so that a measurement keeps it busy: `python bench/fast_worker.py`."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kaimedia import config, log
from kaimedia.bootstrap import open_house
from kaimedia.jobs.limits import Limits

UNLIMITED = Limits(creates=1_000_000, window_s=1.0, reads_per_s=100_000, reads_per_task_s=100_000)


def main() -> None:
    """Work until SIGTERM."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    settings = config.load()
    log.setup(settings.log_level)
    house = open_house(settings, limits=UNLIMITED, run_engine=True)
    print("working", flush=True)
    stopping.wait()
    house.close()


if __name__ == "__main__":
    main()
