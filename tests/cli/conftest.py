"""The command line with data in a temporary folder, on the test's sandbox."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from bench.processes import clean_environment
from kaimedia import config as configuration
from kaimedia.__main__ import main
from kaimedia.cli import batch_output, waiting
from kaimedia.context import open_media
from kaimedia.media.storage import Storage
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions
from tests.conftest import ROOT
from tests.without_housekeeping import leave_out_housekeeping


@dataclass
class Answer:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """stdout as the one JSON document it must be."""
        return json.loads(self.out)


Cli = Callable[..., Answer]


@pytest.fixture(autouse=True)
def _no_housekeeping(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_housekeeping(monkeypatch)


@pytest.fixture
def sandbox_options(sandbox_options: SandboxOptions) -> SandboxOptions:
    """The same, with tasks that take a tenth of a second: what they do meanwhile is tested in `tests/engine/`."""
    return replace(sandbox_options, speed=200.0)


@pytest.fixture
def place(tmp_path: Path, sandbox: EmbeddedSandbox, media_settings: dict[str, str]) -> dict[str, str]:
    """The settings of an app in the test's folder."""
    return {
        "KAIMEDIA_DATA": str(tmp_path / "data"),
        "KAIMEDIA_MEDIA_URL": str(tmp_path / "media"),
        "KAIMEDIA_DATABASE_URL": f"sqlite:///{tmp_path / 'kaimedia.db'}",
        "KAIMEDIA_SANDBOX_URL": sandbox.base_url or "",
        "KAIMEDIA_POLL_S": "0.1",
        **media_settings,
    }


@pytest.fixture
def _logging_as_before() -> Iterator[None]:
    logger = logging.getLogger("kaimedia")
    before = (logger.handlers[:], logger.level, logger.propagate)
    yield
    logger.handlers[:], logger.propagate = before[0], before[2]
    logger.setLevel(before[1])


@pytest.fixture
def cli(
    place: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    _logging_as_before: None,
) -> Cli:
    """Runs a command in this process."""
    for name, value in place.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(waiting, "POLL_EVERY_S", 0.02)
    monkeypatch.setattr(batch_output, "POLL_EVERY_S", 0.05)

    def run(*arguments: str, stdin: str = "") -> Answer:
        monkeypatch.setattr(sys, "stdin", StringIO(stdin))
        capsys.readouterr()
        try:
            code = main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Answer(code, printed.out, printed.err)

    return run


@pytest.fixture
def storage(cli: Cli) -> Storage:
    """The storage of the commands, to see or change what is in it."""
    return open_media(configuration.load())


@pytest.fixture
def start(place: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a command as a separate process."""
    running: list[subprocess.Popen[bytes]] = []

    def begin(*arguments: str | bytes, **settings: str) -> subprocess.Popen[bytes]:
        running.append(
            subprocess.Popen(
                [sys.executable, "-m", "kaimedia", *arguments],
                cwd=ROOT,
                env=clean_environment(**place, **settings),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        )
        return running[-1]

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def sandbox_tasks(sandbox: EmbeddedSandbox) -> list[dict[str, Any]]:
    """Every task the sandbox accepted."""
    with urllib.request.urlopen(f"{sandbox.base_url}/_sandbox/account") as answer:
        tasks: list[dict[str, Any]] = json.load(answer)["tasks"]
        return tasks
