"""The parent's side of drawing: a job queue for each of two child processes, one for images, one for videos."""

from __future__ import annotations

import json
import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import kaimedia

_log = logging.getLogger("kaimedia.sandbox")
ROOT = Path(kaimedia.__file__).resolve().parents[1]
_PRIVATE = ("KIE_", "KAIMEDIA_", "AWS_")

Done = Callable[["Outcome"], object]


class Outcome:
    """The result of a drawing job: `error` None means success; `is_reference` means the reference caused the error."""

    __slots__ = ("error", "is_reference")

    def __init__(self, error: str | None = None, *, is_reference: bool = False) -> None:
        self.error = error
        self.is_reference = is_reference


class DrawingWorker:
    """One child process and the thread that feeds it; both start with the first job."""

    def __init__(self, name: str, scratch: Path | None) -> None:
        self._name = name
        self._scratch = scratch
        self._jobs: queue.SimpleQueue[tuple[Mapping[str, Any], Done] | None] = queue.SimpleQueue()
        self._process: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None
        self._guard = threading.Lock()
        self._is_closed = False

    def add(self, job: Mapping[str, Any], done: Done) -> None:
        """Queue a job; `done` is called in the worker's own thread."""
        self._jobs.put((job, done))
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=f"sandbox-{self._name}", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Kill the child process, abandoning the current drawing, and wait for it to end."""
        with self._guard:
            self._is_closed = True
            if self._process is not None:
                self._process.kill()
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while (entry := self._jobs.get()) is not None and not self._is_closed:
            job, done = entry
            outcome = self._draw(job)
            if not self._is_closed:
                done(outcome)
        self._reap()

    def _draw(self, job: Mapping[str, Any]) -> Outcome:
        for _ in range(2):  # a dead child is replaced once: it may have been killed for lack of memory
            process = self._child()
            if process is None:
                break
            response = _exchange(process, job)
            if response is not None:
                if response["error"]:
                    _log.warning("The sandbox could not draw: %s", response["error"])
                return Outcome(response["error"], is_reference=response["is_reference"])
            self._reap()
        return Outcome("the drawing process ended")

    def _child(self) -> subprocess.Popen[str] | None:
        with self._guard:
            if self._is_closed:
                return None
            if self._process is None:
                command = [sys.executable, "-m", "kaimedia.sandbox.drawing.worker"]
                if self._scratch is not None:
                    command += ["--remove", str(self._scratch)]
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    encoding="utf-8",
                    env=plain_env(),
                    start_new_session=True,  # Ctrl-C goes to the parent only; the child ends when its stdin closes
                )
            return self._process

    def _reap(self) -> None:
        with self._guard:
            process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # buffered data can no longer be sent to the dead child
                    _log.debug("The drawing worker's pipe was already broken.")


def _exchange(process: subprocess.Popen[str], job: Mapping[str, Any]) -> dict[str, Any] | None:
    if process.stdin is None or process.stdout is None:
        return None
    try:
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
    except OSError:
        return None
    response: dict[str, Any] | None = json.loads(line) if line.endswith("\n") else None
    return response


def plain_env() -> dict[str, str]:
    """The environment without our settings and keys, with this package on the Python path."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(_PRIVATE)}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), env.get("PYTHONPATH")]))
    return env
