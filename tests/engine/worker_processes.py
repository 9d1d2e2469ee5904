"""Worker processes of tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from kaimedia.config import PROCRASTINATE, Config
from tests.conftest import ROOT, wait_for


@contextmanager
def worker_process(config: Config) -> Iterator[subprocess.Popen[str]]:
    """`python -m kaimedia worker`, running."""
    environment = {
        **os.environ,
        "KAIMEDIA_DATABASE_URL": config.database_url,
        "KAIMEDIA_MEDIA_URL": config.media_url,
        "KAIMEDIA_DATA": str(config.data_folder),
        "KAIMEDIA_SANDBOX_URL": config.sandbox_url or "",
        "KAIMEDIA_SECRET_KEY": config.secret_key or "",
        "KAIMEDIA_ENGINE": PROCRASTINATE,
        "KAIMEDIA_POLL_S": "0.2",
    }
    command = [sys.executable, "-m", "kaimedia", "worker"]
    log = config.data_folder / "worker.log"
    with log.open("ab") as output:
        worker = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=output, text=True)
    try:
        wait_for(lambda: "running as" in log.read_text(), "the worker")
        yield worker
    finally:
        worker.kill()
        worker.wait()
