"""Run child processes that open possibly hostile files, passing them almost nothing of our environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

# everything else is withheld: it may contain keys
_PASSED_ON = ("PATH", "HOME", "SYSTEMROOT", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONUSERBASE")


def run_probe(script: Path, *arguments: str, wall_s: float) -> dict[str, Any] | None:
    """The object that `script` prints as JSON within `wall_s` seconds; None if anything goes wrong."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    try:
        done = subprocess.run(
            [sys.executable, "-P", str(script), *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=wall_s,
            check=True,
        )
        printed = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return printed if isinstance(printed, dict) else None
