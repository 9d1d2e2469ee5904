"""A worker without the account's rate limits, to keep it busy in a benchmark: `python bench/fast_worker.py`.

`--reads-per-s 10` limits only the polls to the rate of an account; with `--account`, all limits are the provider's.
With `--host`, it takes itself for a process on another machine, so that others cannot see its death.
"""

from __future__ import annotations

import argparse
import signal
import socket
import sys
import threading
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kaimedia import config, log
from kaimedia.context import open_context
from kaimedia.providers.base import Limits

UNLIMITED = Limits(creates=1_000_000, window_s=1.0, reads_per_s=100_000, reads_per_task_s=100_000)


def main() -> None:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reads-per-s", type=float, default=UNLIMITED.reads_per_s)
    parser.add_argument("--account", action="store_true")
    parser.add_argument("--host")
    chosen = parser.parse_args()
    limits = None if chosen.account else replace(UNLIMITED, reads_per_s=chosen.reads_per_s)
    if chosen.host:
        socket.gethostname = lambda: chosen.host  # type: ignore[assignment]
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    settings = config.load()
    log.setup(settings.log_level)
    context = open_context(settings, limits=limits, run_engine=True)
    print("working", flush=True)
    stopping.wait()
    context.close()


if __name__ == "__main__":
    main()
