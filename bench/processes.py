"""Processes for benchmarks: a sandbox, a worker, an app, each with its own folder and port."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def free_port() -> int:
    """A free loopback port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def clean_environment(**more: str) -> dict[str, str]:
    """The current environment without this app's settings, plus `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KAIMEDIA_", "KIE_"))}
    return {**kept, **more}


def get_json(url: str) -> Any:
    """A JSON document over HTTP."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)


def post_json(url: str, document: Mapping[str, Any]) -> Any:
    """Send a JSON document; return the JSON response."""
    request = urllib.request.Request(url, json.dumps(document).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def wait_until_served(url: str, timeout_s: float = 60.0) -> float:
    """Seconds until the URL answers 200."""
    began = time.monotonic()
    while time.monotonic() - began < timeout_s:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return time.monotonic() - began
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.01)
    raise TimeoutError(f"{url} did not answer within {timeout_s:g} s")


def app_command(address: str, port: int | str) -> list[str]:
    """What starts the app on an address and port."""
    return [
        "streamlit",
        "run",
        "app.py",
        f"--server.address={address}",
        f"--server.port={port}",
        "--server.headless=true",
    ]


def worker_command(python: str) -> list[str]:
    """What starts a worker with this Python."""
    return [python, "-m", "kaimedia", "worker"]


def sandbox_command(python: str) -> list[str]:
    """What starts a sandbox with this Python."""
    return [python, "-m", "kaimedia", "sandbox"]


class Sandbox:
    """A sandbox process; it records what was paid."""

    def __init__(self, folder: Path, *, speed: float, media: str = "small", credits: float = 10_000_000) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [*sandbox_command(sys.executable), "--port", str(self.port), "--speed", str(speed)]
        command += ["--media", media, "--credits", str(credits), "--creates-per-10s", "0"]
        command += ["--media-folder", str(folder / "sandbox")]
        with (folder / "sandbox.log").open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=clean_environment(), stdout=log, stderr=log)
        wait_until_served(f"{self.url}/_sandbox/account")

    def accounts(self) -> list[dict[str, Any]]:
        """Every task it accepted."""
        tasks: list[dict[str, Any]] = get_json(f"{self.url}/_sandbox/account")["tasks"]
        return tasks

    def polls(self) -> int:
        """How many records were read."""
        number: int = get_json(f"{self.url}/_sandbox/account")["polls"]
        return number

    def close(self) -> None:
        """Stop it."""
        self.process.terminate()
        self.process.wait(10)


def app_environment(folder: Path, sandbox_url: str, database_url: str, **more: str) -> Mapping[str, str]:
    """The settings of an app in `folder` on that sandbox."""
    return clean_environment(
        KAIMEDIA_DATA=str(folder / "data"),
        KAIMEDIA_MEDIA_URL=str(folder / "media"),
        KAIMEDIA_DATABASE_URL=database_url,
        KAIMEDIA_SANDBOX_URL=sandbox_url,
        **more,
    )


class App:
    """The product as the README starts it, on SQLite in `folder` and with everything else it keeps there.

    `url` is where it answers; `settings` are environment variables beside the folder's own, `arguments` are options
    of Streamlit.
    """

    def __init__(self, folder: Path, arguments: Sequence[str] = (), **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = folder / "kaimedia.db"
        self.log = folder / "app.log"
        own = {"KAIMEDIA_DATA": str(folder / "data"), "KAIMEDIA_MEDIA_URL": str(folder / "media")}
        own["KAIMEDIA_DATABASE_URL"] = f"sqlite:///{self.database}"
        command = [sys.executable, "-m", *app_command("127.0.0.1", self.port), *arguments]
        folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=clean_environment(**(own | settings)), stdout=log, stderr=log
            )
        try:
            wait_until_served(f"{self.url}/api/health")
        except TimeoutError:
            self.close()
            raise SystemExit(self.log.read_text(errors="replace")) from None

    def close(self) -> None:
        """Stop it as a service manager would."""
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> App:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Meter:
    """CPU seconds and memory of a process and its children, sampled ten times a second until `stop`.

    `cpu_s` counts user and system time since the meter was made. Resident memory in 10^6 bytes: `start_mb` then,
    `peak_mb` the most seen.
    """

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._before_s, self.start_mb = self._usage()
        self.peak_mb = self.start_mb
        self._seen: list[tuple[float, float]] = [(time.time(), 0.0)]
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    @property
    def cpu_s(self) -> float:
        """CPU seconds used so far."""
        return self._usage()[0] - self._before_s

    def cpu_between_s(self, begin: float, end: float) -> float:
        """CPU seconds used between two times, seconds since 1970."""
        used = [cpu_s for at, cpu_s in self._seen if begin <= at <= end]
        return used[-1] - used[0] if used else 0.0

    def resident_mb(self) -> float:
        """Resident memory now, children included."""
        return self._usage()[1]

    def stop(self) -> None:
        """Stop measuring."""
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(0.1):
            used_s, resident_mb = self._usage()
            self.peak_mb = max(self.peak_mb, resident_mb)
            self._seen.append((time.time(), used_s - self._before_s))

    def _usage(self) -> tuple[float, float]:
        used_s = resident_mb = 0.0
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in [self._root, *self._root.children(recursive=True)]:
                with contextlib.suppress(psutil.NoSuchProcess), process.oneshot():
                    times = process.cpu_times()
                    used_s += times.user + times.system
                    resident_mb += process.memory_info().rss / 1e6
        return used_s, resident_mb
