"""The parent's side of drawing: a line of jobs before each of two child processes, stills and clips."""

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
    """How a drawing went: `error` None means well; `is_reference` blames the reference."""

    __slots__ = ("error", "is_reference")

    def __init__(self, error: str | None = None, *, is_reference: bool = False) -> None:
        self.error = error
        self.is_reference = is_reference


class Easel:
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
        """Put a job in the line; `done` is called in the easel's own thread."""
        self._jobs.put((job, done))
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=f"sandbox-{self._name}", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the child at once, the drawing under way lost, and wait for it."""
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
        for _ in range(2):  # a child that died is replaced once: it may have been killed for its memory
            process = self._child()
            if process is None:
                break
            answer = _ask(process, job)
            if answer is not None:
                if answer["error"]:
                    _log.warning("The sandbox could not draw: %s", answer["error"])
                return Outcome(answer["error"], is_reference=answer["is_reference"])
            self._reap()
        return Outcome("the drawing process ended")

    def _child(self) -> subprocess.Popen[str] | None:
        with self._guard:
            if self._is_closed:
                return None
            if self._process is None:
                command = [sys.executable, "-m", "kaimedia.sandbox.easel"]
                if self._scratch is not None:
                    command += ["--remove", str(self._scratch)]
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    encoding="utf-8",
                    env=plain_env(),
                    start_new_session=True,  # Ctrl-C is for the parent; the child ends with its stdin
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
                except OSError:  # what was still buffered cannot be sent to a dead child
                    _log.debug("The easel's pipe was already broken.")


def _ask(process: subprocess.Popen[str], job: Mapping[str, Any]) -> dict[str, Any] | None:
    if process.stdin is None or process.stdout is None:
        return None
    try:
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
    except OSError:
        return None
    answer: dict[str, Any] | None = json.loads(line) if line.endswith("\n") else None
    return answer


def plain_env() -> dict[str, str]:
    """The environment without anybody's keys, with this very package in reach."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(_PRIVATE)}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), env.get("PYTHONPATH")]))
    return env
