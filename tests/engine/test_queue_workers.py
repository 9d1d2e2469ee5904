"""Procrastinate's workers in one process: errors of jobs and of sweeps, and stopping at any moment."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager
from sqlalchemy import text

from kaimedia import config as configuration
from kaimedia.config import PROCRASTINATE
from kaimedia.context import AppContext
from kaimedia.jobs.distributed import queue_workers
from kaimedia.jobs.distributed.queue_workers import QueueWorkers
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.store.database.connecting import psycopg_arguments
from tests.conftest import image_request, wait_for
from tests.postgres import fresh_database

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("postgres")]


@pytest.fixture
def app(
    tmp_path: Path, sandbox: EmbeddedSandbox, postgres_url: str, open_test_context: Callable[..., AppContext]
) -> AppContext:
    """An app process with a job queue, which runs no tasks."""
    environment = {
        "KAIMEDIA_DATABASE_URL": fresh_database(postgres_url),
        "KAIMEDIA_ENGINE": PROCRASTINATE,
        "KAIMEDIA_SECRET_KEY": "of the tests of workers",
    }
    config = replace(configuration.load(tmp_path, environment), sandbox_url=sandbox.base_url)
    return open_test_context(config, run_engine=False)


def workers_of(app: AppContext, run_job: Callable[[str, bool], None]) -> QueueWorkers:
    return QueueWorkers(psycopg_arguments(app.database.url), run_job, can_listen=True)


@contextmanager
def serving(workers: QueueWorkers) -> Iterator[None]:
    thread = threading.Thread(target=lambda: asyncio.run(workers.serve()), daemon=True)
    thread.start()
    try:
        yield
    finally:
        workers.stop()
        thread.join(20)
        assert not thread.is_alive()


def job_states(app: AppContext) -> list[str]:
    with app.database.read() as session:
        return list(session.execute(text("SELECT status::text FROM procrastinate_jobs")).scalars())


@pytest.mark.parametrize("has_newer", [True, False], ids=["a newer job", "no other job"])
def test_a_job_that_fails_ends_and_its_task_has_another(app: AppContext, has_newer: bool) -> None:
    runs: list[str] = []

    def run_job(task_id: str, _has_turn: bool) -> None:
        runs.append(task_id)
        if len(runs) == 1:
            if has_newer:  # as after the step has written its row
                with app.database.write() as session:
                    session.execute(text("UPDATE tasks SET due_at = now() + interval '1 hour'"))
            raise RuntimeError("the connection broke after the commit")

    task = app.studio.tasks.submit(image_request())
    with serving(workers_of(app, run_job)):
        wait_for(lambda: len(runs) == 2 and not job_states(app), "the end of both jobs")
    assert runs == [task.task_id] * 2


def test_an_error_in_one_sweep_does_not_end_the_sweeps(app: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_workers, "SWEEP_EVERY_S", 0.05)
    find, sweeps = JobManager.get_stalled_jobs, list[int]()

    async def find_or_fail(self: JobManager, *args: Any, **options: Any) -> Any:
        sweeps.append(len(sweeps))
        if len(sweeps) == 1:
            raise ConnectorException("the connection was lost")
        return await find(self, *args, **options)

    monkeypatch.setattr(JobManager, "get_stalled_jobs", find_or_fail)
    with serving(workers_of(app, lambda *_: None)):
        wait_for(lambda: len(sweeps) >= 3, "further sweeps")


def test_a_stop_while_it_connects_is_not_lost(app: AppContext) -> None:
    """`run` of a worker forgets a stop from before it."""

    async def stop_while_connecting() -> None:
        workers = workers_of(app, lambda *_: None)
        ending = asyncio.create_task(workers.serve())
        await asyncio.sleep(0)
        assert not ending.done()
        workers.stop()
        await asyncio.wait_for(ending, 20)

    asyncio.run(stop_while_connecting())
