"""Containers of the image without Docker, as processes in its folder: see `tools/image`."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.processes import free_port, wait_until_served
from tests.conftest import wait_for
from tools.image.folder import ImageFolder

USER = 10001
PORT = "8501"


class Process:
    """A command running in the image, with empty volumes of its own below `folder` if it had none there."""

    def __init__(self, image: ImageFolder, folder: Path, command: Sequence[str], **settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.volumes = {path: folder / path.strip("/") for path in ("/data", "/media")}
        for place in self.volumes.values():
            place.mkdir(exist_ok=True)
            os.chown(place, USER, USER)
        self.settings = settings
        self.log = folder / "log"
        self._process = image.start(command, self.volumes, settings, self.log)
        (self.first,) = wait_for(lambda: psutil.Process(self._process.pid).children(), "the first process")

    def stop(self) -> tuple[int, float]:
        """Stop it as `docker stop` does; returns the exit code and the seconds it took."""
        began = time.monotonic()
        self.first.send_signal(signal.SIGTERM)
        return self._process.wait(60), time.monotonic() - began

    def kill(self) -> None:
        """End it at once, if it runs."""
        if self._process.poll() is None:
            subprocess.run(["kill", "-9", str(self.first.pid)], stderr=subprocess.DEVNULL, check=False)
            self._process.wait()


class Container(Process):
    """The app running, on a free port of this machine instead of its own; `served` says what to wait for.

    Without workers of its own, it is not ready before one is there.
    """

    def __init__(self, image: ImageFolder, folder: Path, served: str = "/api/ready", **settings: str) -> None:
        self._image = image
        self.port = str(free_port())
        self.url = f"http://127.0.0.1:{self.port}"
        command = [word.replace(PORT, self.port) for word in image.command()]
        super().__init__(image, folder, command, **{"KAIMEDIA_ACCESS": "open", **settings})
        wait_until_served(f"{self.url}{served}", timeout_s=120)

    def is_healthy(self) -> bool:
        """What the health check says."""
        check = [word.replace(PORT, self.port) for word in self._image.health_check()]
        return self._image.start(check, {}, {}, self.log.with_name("checks")).wait(60) == 0


@contextmanager
def running(image: ImageFolder, folder: Path, **settings: str) -> Iterator[Container]:
    """The app, killed at the end if it still runs."""
    container = Container(image, folder, **settings)
    try:
        yield container
    finally:
        container.kill()
