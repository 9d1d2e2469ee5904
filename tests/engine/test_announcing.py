"""Engines announce themselves to the other processes on their database."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from kaimedia import __version__
from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import utc_now
from kaimedia.errors import StorageUnavailable, StoreUnavailable
from tests.conftest import image_request, wait_for

OpenContext = Callable[..., AppContext]


def test_an_engine_is_announced_while_it_runs(config: Config, open_test_context: OpenContext) -> None:
    watching = open_test_context(config, run_engine=False)
    context = open_test_context(config)
    (worker,) = wait_for(watching.stores.workers.announced, "an announcement")
    assert (worker.name, worker.version, worker.engine) == (context.engine.owner, __version__, "embedded")
    assert worker.started_at == worker.seen_at and worker.is_running(utc_now())
    assert watching.studio.operations.running_workers() == [worker]
    context.close()
    assert watching.stores.workers.announced() == []


def test_an_engine_that_did_not_run_announces_nothing(config: Config, open_test_context: OpenContext) -> None:
    context = open_test_context(config, run_engine=False)
    context.engine.stop()
    assert context.stores.workers.announced() == []


def test_tasks_run_although_nothing_can_be_announced(
    config: Config,
    open_test_context: OpenContext,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    context = open_test_context(config, run_engine=False)

    def broken(_: object) -> None:
        raise StoreUnavailable("The database is read-only.")

    monkeypatch.setattr(context.stores.workers, "announce", broken)
    with caplog.at_level(logging.WARNING, "kaimedia.engine"):
        context.engine.start()
        task = context.studio.tasks.submit(image_request())
        wait_for(lambda: context.studio.tasks.get(task.task_id).completed_at, "a result")
    assert "not announced: The database is read-only." in caplog.text


def test_errors_of_the_storage_are_counted(
    config: Config, open_test_context: OpenContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = open_test_context(config)
    saver = context.engine.handlers.saver
    assert saver.storage_errors == 0

    def absent(max_age_s: float = 0.0) -> None:
        raise StorageUnavailable("The bucket does not respond.")

    with monkeypatch.context() as outage:
        outage.setattr(context.storage, "check_ready", absent)
        task = context.studio.tasks.submit(image_request())
        wait_for(lambda: saver.storage_errors, "an error")
    wait_for(lambda: context.studio.tasks.get(task.task_id).completed_at, "a result")
