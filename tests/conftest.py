"""For every test: a clean environment, no network but loopback, an app in a temporary folder on the sandbox."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from kaimedia import config as configuration
from kaimedia import config_settings
from kaimedia.config import Config
from kaimedia.context import AppContext, open_context
from kaimedia.domain import GenerationRequest, Phase, Task, utc_now
from kaimedia.housekeeping import Housekeeping
from kaimedia.providers.base import Limits
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions

# On a busy machine any generator can be slow and any example late; the tests are about results.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

# A module comes before those that import it.
pytest_plugins = ["tests.postgres", "tests.s3", "tests.storages", "tests.migrated", "tests.schedule", "tests.elsewhere"]

ROOT = Path(__file__).resolve().parents[1]
FAST = Limits(creates=1000, window_s=1.0, reads_per_s=1000, reads_per_task_s=1000, model_reads_per_s=1000)
_connect = socket.socket.connect


def _only_loopback(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise AssertionError(f"a test tried to reach {address[0]}")
    _connect(self, address)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse test ids with an object's address: workers would collect different tests and run none."""
    for item in items:
        if " at 0x" in item.nodeid:
            raise pytest.UsageError(f"the id of {item.nodeid} differs in every process; give `ids`")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    prefixes = (*config_settings.prefixes(), "AWS_")
    for name in list(os.environ):
        if name.startswith(prefixes) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(socket.socket, "connect", _only_loopback)


@pytest.fixture(autouse=True)
def _logging_not_set_up() -> None:
    """As before `log.setup`, which an app opened by an earlier test has called: `caplog` sees nothing after it."""
    logger = logging.getLogger("kaimedia")
    logger.handlers.clear()
    logger.setLevel(logging.NOTSET)
    logger.propagate = True


@pytest.fixture
def sandbox_options(tmp_path: Path) -> SandboxOptions:
    """A quick sandbox with tiny media; a test may replace it."""
    return SandboxOptions(
        api_key=None,
        speed=60.0,
        media="small",
        media_folder=tmp_path / "sandbox-media",
        creates_per_10s=None,
        model_reads_per_s=None,
    )


@pytest.fixture(scope="session")
def _stopping() -> Iterator[Callable[[EmbeddedSandbox], object]]:
    """Stops sandboxes while the next tests run: a server takes 0.2 s to end, more than most tests."""
    with ThreadPoolExecutor(max_workers=4, thread_name_prefix="stopping") as pool:
        ends: list[Future[None]] = []
        yield lambda server: ends.append(pool.submit(server.stop))
        for end in ends:
            end.result()


@pytest.fixture
def sandbox(
    sandbox_options: SandboxOptions, _stopping: Callable[[EmbeddedSandbox], object]
) -> Iterator[EmbeddedSandbox]:
    """A running sandbox; `.base_url` is where it answers."""
    server = EmbeddedSandbox(sandbox_options)
    server.start()
    yield server
    _stopping(server)


@pytest.fixture
def config(tmp_path: Path, sandbox: EmbeddedSandbox, media_settings: dict[str, str]) -> Config:
    """Settings of an app in a temporary folder, polling the sandbox often."""
    loaded = configuration.load(tmp_path, environment=media_settings)
    return replace(loaded, sandbox_url=sandbox.base_url, poll_s=0.1)


@pytest.fixture
def open_test_context() -> Iterator[Callable[..., AppContext]]:
    """Opens apps that are closed after the test."""
    opened: list[AppContext] = []

    def opener(config: Config, *, run_engine: bool | None = True, limits: Limits = FAST) -> AppContext:
        opened.append(open_context(config, limits=limits, run_engine=run_engine))
        return opened[-1]

    yield opener
    for context in reversed(opened):
        context.close()


@pytest.fixture
def context(config: Config, open_test_context: Callable[..., AppContext]) -> AppContext:
    """An app whose engine runs."""
    return open_test_context(config)


def housekeeping_of(context: AppContext, now: Callable[[], datetime] = utc_now) -> Housekeeping:
    """The periodic cleanup of an app, to run it at once."""
    studio, stores = context.studio, context.stores
    return Housekeeping(
        studio.trash,
        studio.request_keys,
        studio.uploads,
        studio.model_lists,
        studio.price_lists,
        stores.sign_outs,
        stores.workers,
        stores.webhook_deliveries,
        stores.media_files,
        context.storage,
        context.database,
        now,
        lambda: studio.rescue.backfill.run().unconfirmed > 0,
    )


def image_request(prompt: str = "a paper boat on a still lake", **changes: Any) -> GenerationRequest:
    """A valid request for one image."""
    return replace(GenerationRequest(model="gpt4o-image", prompt=prompt, aspect_ratio="1:1"), **changes)


def video_request(prompt: str = "a kite over dunes", **changes: Any) -> GenerationRequest:
    """A valid request for a video."""
    return replace(GenerationRequest(model="veo3_fast", prompt=prompt, aspect_ratio="16:9"), **changes)


def wait_for(condition: Callable[[], Any], what: str, timeout_s: float = 20.0, every_s: float = 0.02) -> Any:
    """Wait until the condition gives something true; fail with what was awaited."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        if value := condition():
            return value
        time.sleep(every_s)
    raise AssertionError(f"waited {timeout_s:g} s for {what}")


def wait_for_phase(context: AppContext, task_id: str, *phases: Phase, timeout_s: float = 20.0) -> Task:
    """Wait until the task is in one of the phases."""
    seen: list[Task] = []

    def found() -> Task | None:
        seen[:] = [context.studio.tasks.get(task_id)]
        return seen[0] if seen[0].phase in phases else None

    try:
        return wait_for(found, f"{phases}", timeout_s, every_s=0.05)  # each read costs the engine milliseconds, too
    except AssertionError as error:
        raise AssertionError(f"{error}; it stands at {seen}") from None
