"""Many workers on one PostgreSQL database: the same tasks, limits and guarantees as with the app's own engine."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from kaimedia import config as configuration
from kaimedia.config import PROCRASTINATE, Config
from kaimedia.context import AppContext, open_context
from kaimedia.domain import ErrorCode, Phase, Task, utc_now
from kaimedia.errors import ConfigError
from kaimedia.jobs.distributed import queue_workers, upkeep
from kaimedia.jobs.owner import new_owner, retire
from kaimedia.providers.base import Limits
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.store.job_queue.statements import Queue
from tests.conftest import FAST, image_request, video_request, wait_for, wait_for_phase
from tests.engine.test_housekeeping import stale_upload
from tests.engine.test_task_lifecycle import sandbox_tasks
from tests.engine.worker_processes import worker_process
from tests.postgres import fresh_database

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("postgres")]


@pytest.fixture
def config(tmp_path: Path, sandbox: EmbeddedSandbox, postgres_url: str) -> Config:
    environment = {
        "KAIMEDIA_DATABASE_URL": fresh_database(postgres_url),
        "KAIMEDIA_ENGINE": PROCRASTINATE,
        "KAIMEDIA_SECRET_KEY": "of the tests of workers",
    }
    loaded = configuration.load(tmp_path, environment)
    return replace(loaded, sandbox_url=sandbox.base_url, poll_s=0.1)


@pytest.fixture
def app(config: Config, open_test_context: Callable[..., AppContext]) -> AppContext:
    """An app process, which runs no tasks."""
    return open_test_context(config, run_engine=False)


def unfinished(app: AppContext) -> list[Task]:
    return [task for task in app.studio.tasks.shown() if task.phase not in (Phase.DONE, Phase.FAILED)]


def job_count(app: AppContext) -> int:
    with app.database.read() as session:
        return int(session.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one())


def test_the_app_only_makes_jobs_and_a_worker_runs_them(
    app: AppContext, config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    tasks = [app.studio.tasks.submit(request) for request in (image_request(variants=2), video_request())]
    assert not app.engine.is_running and job_count(app) == 2 and sandbox_tasks(sandbox) == []
    assert [check.is_well for check in app.studio.health.checks() if check.name == "worker"] == [False]
    open_test_context(config)
    for task in tasks:
        wait_for_phase(app, task.task_id, Phase.DONE)
    assert len(sandbox_tasks(sandbox)) == 2
    wait_for(lambda: job_count(app) == 0, "the end of all jobs")
    assert [check.is_well for check in app.studio.health.checks() if check.name == "worker"] == [True]
    assert len(app.studio.operations.running_workers()) == 1


def test_three_workers_pay_each_task_once(
    app: AppContext, config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    for _ in range(3):
        open_test_context(config)
    tasks = [app.studio.tasks.submit(image_request(f"number {n}")) for n in range(24)]
    for task in tasks:
        wait_for_phase(app, task.task_id, Phase.DONE, timeout_s=60)
    prompts = Counter(entry["prompt"] for entry in sandbox_tasks(sandbox))
    assert len(prompts) == 24 and set(prompts.values()) == {1}
    assert len(app.studio.operations.running_workers()) == 3


def test_new_work_wakes_a_worker(
    app: AppContext,
    config: Config,
    open_test_context: Callable[..., AppContext],
    sandbox: EmbeddedSandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without notifications, this worker would look for work again only in ten minutes."""
    monkeypatch.setattr(queue_workers, "FETCH_EVERY_S", 600.0)
    worker = open_test_context(config)
    wait_for(lambda: worker.engine.heartbeat_at and listeners(app) == len(Queue), "the worker")

    def is_sent() -> bool:  # a first try may find the media storage not checked yet, and is put off
        app.studio.tasks.submit(image_request(f"number {len(app.studio.tasks.shown())}"))
        return bool(sandbox_tasks(sandbox))

    wait_for(is_sent, "a task to be sent", every_s=1.0)


def listeners(app: AppContext) -> int:
    with app.database.read() as session:
        listening = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'"
        return int(session.execute(text(listening)).scalar_one())


def test_each_process_cleans_its_own_disk(
    config: Config, open_test_context: Callable[..., AppContext], tmp_path: Path
) -> None:
    own = [replace(config, data_folder=tmp_path / name) for name in ("app", "first worker", "second worker")]
    stale = [stale_upload(each) for each in own]
    open_test_context(own[0], run_engine=None)
    for each in own[1:]:
        open_test_context(each)
    for path in stale:
        wait_for(lambda path=path: not path.exists(), f"the end of {path}")  # type: ignore[misc]


def test_a_canceled_task_ends_and_its_job_too(
    app: AppContext, config: Config, open_test_context: Callable[..., AppContext]
) -> None:
    open_test_context(config)
    stuck = app.studio.tasks.submit(image_request("stuck [fault:stuck]"))
    wait_for_phase(app, stuck.task_id, Phase.WAITING, Phase.GENERATING)
    app.studio.tasks.cancel(stuck.task_id)
    assert wait_for_phase(app, stuck.task_id, Phase.FAILED).error_code is ErrorCode.CANCELLED
    wait_for(lambda: job_count(app) == 0, "the end of its job")


def test_the_limits_of_the_account_hold_over_all_workers(
    app: AppContext, config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    limits = Limits(creates=5, window_s=1.0, reads_per_s=1000)
    for _ in range(2):
        open_test_context(config, limits=limits)
    for number in range(12):
        app.studio.tasks.submit(image_request(f"number {number}"))
    wait_for(lambda: len(sandbox_tasks(sandbox)) == 12, "twelve accepted", 40)
    sent = sorted(task.sent_at for task in app.studio.tasks.page(limit=100).items if task.sent_at is not None)
    for first, sixth in zip(sent, sent[5:], strict=False):
        assert sixth - first >= timedelta(seconds=1)


def test_a_killed_worker_is_replaced(app: AppContext, config: Config, sandbox: EmbeddedSandbox) -> None:
    """Its tasks are taken over; a call that was in progress is not repeated."""
    tasks = [app.studio.tasks.submit(image_request(f"number {n} [fault:slow=240]")) for n in range(8)]
    with worker_process(config) as first:
        wait_for(lambda: len(sandbox_tasks(sandbox)) >= 4, "accepted tasks")
        first.kill()
    with worker_process(config):
        wait_for(lambda: not unfinished(app), "the end of all tasks", 60)
    ended = [app.studio.tasks.get(task.task_id) for task in tasks]
    unknown = [task for task in ended if task.phase is Phase.FAILED]
    assert all(task.error_code is ErrorCode.OUTCOME_UNKNOWN and task.may_have_cost for task in unknown), unknown
    prompts = Counter(entry["prompt"] for entry in sandbox_tasks(sandbox))
    assert set(prompts.values()) == {1}
    assert len(prompts) >= len(ended) - len(unknown)


@contextmanager
def worker_with_clock(config: Config, off_by: timedelta, limits: Limits) -> Iterator[AppContext]:
    """A worker whose clock is ahead of the database's, or behind."""
    worker = open_context(config, run_engine=True, limits=limits, now=lambda: utc_now() + off_by)
    try:
        yield worker
    finally:
        worker.close()


def jobs_ever(app: AppContext) -> int:
    with app.database.read() as session:
        return int(session.execute(text("SELECT last_value FROM procrastinate_jobs_id_seq")).scalar_one())


def test_a_worker_whose_clock_is_behind_looks_again_only_after_a_pause(app: AppContext, config: Config) -> None:
    with worker_with_clock(config, timedelta(seconds=-60), FAST) as worker:
        beat = wait_for(lambda: worker.engine.heartbeat_at, "a first sweep")
        app.studio.tasks.submit(image_request())
        wait_for(lambda: (worker.engine.heartbeat_at or beat) - beat > timedelta(seconds=4), "another sweep")
        assert 2 <= jobs_ever(app) <= 20, "each look is a job of its own; the shortest pause is half a second"
    assert unfinished(app)


def test_a_worker_whose_clock_is_ahead_delays_nothing(
    app: AppContext, config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    limits = Limits(creates=2, window_s=2.0, reads_per_s=1000)
    with worker_with_clock(config, timedelta(hours=1), limits):
        tasks = [app.studio.tasks.submit(image_request(f"number {n}")) for n in range(6)]
        wait_for(lambda: sandbox_tasks(sandbox), "a first one to be sent")
    open_test_context(config, limits=limits)
    for task in tasks:
        wait_for_phase(app, task.task_id, Phase.DONE, timeout_s=60)
    assert len(sandbox_tasks(sandbox)) == 6


def test_stopped_tasks_delay_no_later_ones(
    app: AppContext, config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    open_test_context(config, limits=Limits(creates=2, window_s=5.0, reads_per_s=1000))
    for number in range(30):
        app.studio.tasks.submit(image_request(f"number {number}"))
    wait_for(lambda: jobs_with_turn(app) > 20, "tasks that wait for their turns")
    for task in unfinished(app):
        if task.phase is Phase.QUEUED:
            app.studio.tasks.cancel(task.task_id)
    later = app.studio.tasks.submit(image_request("later"))
    wait_for_phase(app, later.task_id, Phase.DONE, timeout_s=40)  # in turn, it would wait for 75 s


def jobs_with_turn(app: AppContext) -> int:
    with app.database.read() as session:
        counting = text("SELECT count(*) FROM procrastinate_jobs WHERE args ? 'has_turn'")
        return int(session.execute(counting).scalar_one())


def test_a_worker_leaves_the_owners_of_leases_alone(
    app: AppContext, config: Config, open_test_context: Callable[..., AppContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the end of a lease means that a worker is dead: names of machines and numbers of processes repeat."""
    task = app.studio.tasks.submit(image_request())
    monkeypatch.setattr(upkeep, "SWEEP_EVERY_S", 0.5)
    ended = new_owner()
    retire(ended)  # to the embedded engine, a dead process of this machine
    app.stores.task_claims.claim_to_send(ended, utc_now(), 60.0, 1, provider=task.provider)
    worker = open_test_context(config)
    beat = wait_for(lambda: worker.engine.heartbeat_at, "a first sweep")
    wait_for(lambda: worker.engine.heartbeat_at != beat, "another sweep")
    assert app.studio.tasks.get(task.task_id).phase is Phase.SENDING


def test_sigterm_ends_a_worker_within_five_seconds_and_leaves_nothing_held(
    app: AppContext, config: Config, sandbox: EmbeddedSandbox
) -> None:
    with worker_process(config) as worker:
        for number in range(8):
            app.studio.tasks.submit(image_request(f"number {number} [fault:stuck]"))
        wait_for(lambda: len(sandbox_tasks(sandbox)) == 8, "accepted tasks")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=8) == 0
    assert app.stores.task_claims.owners() == set()
    assert app.studio.operations.running_workers() == []
    phases = {task.phase for task in app.studio.tasks.shown()}
    assert phases <= {Phase.WAITING, Phase.GENERATING}, phases
    assert len({task.task_id for task in unfinished(app)}) == 8


def test_tasks_of_the_embedded_engine_are_taken_over(
    config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    """The engine may be changed at any time: what waits gets a job at the first start."""
    embedded = open_test_context(replace(config, engine="embedded"))
    tasks = [embedded.studio.tasks.submit(image_request(f"number {n} [fault:slow=120]")) for n in range(4)]
    wait_for(lambda: len(sandbox_tasks(sandbox)) == 4, "accepted tasks")
    embedded.close()
    worker = open_test_context(config)
    for task in tasks:
        wait_for_phase(worker, task.task_id, Phase.DONE)
    assert len(sandbox_tasks(sandbox)) == 4


def test_both_engines_at_once_pay_once(
    app: AppContext, config: Config, open_test_context: Callable[..., AppContext], sandbox: EmbeddedSandbox
) -> None:
    """As during an update, while the old worker and the new ones run."""
    open_test_context(replace(config, engine="off"), run_engine=True)
    open_test_context(config)
    tasks = [app.studio.tasks.submit(image_request(f"number {n}")) for n in range(24)]
    for task in tasks:
        wait_for_phase(app, task.task_id, Phase.DONE, timeout_s=60)
    prompts = Counter(entry["prompt"] for entry in sandbox_tasks(sandbox))
    assert len(prompts) == 24 and set(prompts.values()) == {1}


def test_sqlite_is_refused_with_what_to_do(config: Config, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="needs a PostgreSQL database") as refused:
        open_context(replace(config, database_url=f"sqlite:///{tmp_path}/k.db"), run_engine=True)
    assert "KAIMEDIA_DATABASE_URL" in refused.value.next_step
