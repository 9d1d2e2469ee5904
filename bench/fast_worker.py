"""A worker without the account's speed limits, so that a measurement keeps it busy: `python bench/fast_worker.py`.

`--reads-per-s 10` holds the reads, and only them, to what an account may do.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kaimedia import config, log
from kaimedia.bootstrap import open_house
from kaimedia.jobs.limits import Limits

UNLIMITED = Limits(creates=1_000_000, window_s=1.0, reads_per_s=100_000, reads_per_task_s=100_000)


def main() -> None:
    """Work until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reads-per-s", type=float, default=UNLIMITED.reads_per_s)
    limits = replace(UNLIMITED, reads_per_s=parser.parse_args().reads_per_s)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    settings = config.load()
    log.setup(settings.log_level)
    house = open_house(settings, limits=limits, run_engine=True)
    print("working", flush=True)
    stopping.wait()
    house.close()


if __name__ == "__main__":
    main()
