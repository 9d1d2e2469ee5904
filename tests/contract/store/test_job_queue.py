"""The job of each waiting task: made in the task's transaction, moved with it, and made again if it is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from kaimedia.domain import Pace, Phase, Task, TaskChange, utc_now
from kaimedia.errors import ConfigError
from kaimedia.store.database.database import Database
from kaimedia.store.job_queue.schema import set_up
from kaimedia.store.job_queue.statements import Queue
from kaimedia.store.stores import Stores
from tests.contract.store.factories import create_task
from tests.postgres import fresh_database

OWNER = "host:1:a"


@pytest.fixture
def url(postgres_url: str, postgres_template: str) -> str:
    return fresh_database(postgres_url, template=postgres_template)


@pytest.fixture
def db(url: str, open_database: Callable[[str], Database]) -> Database:
    """With a job queue."""
    database = open_database(url)
    set_up(database)
    return database


def jobs(db: Database) -> list[Any]:
    with db.read() as session:
        found = session.execute(
            text("SELECT queueing_lock, queue_name, scheduled_at, args, priority FROM procrastinate_jobs ORDER BY id")
        )
        return list(found)


def clear(db: Database) -> None:
    with db.write() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))


def test_a_new_task_has_a_job_at_once_and_none_if_it_is_not_committed(db: Database, stores: Stores) -> None:
    task = create_task(stores)
    (job,) = jobs(db)
    assert (job.queueing_lock, job.args) == (task.task_id, {"task_id": task.task_id})
    assert job.scheduled_at == task.due_at and job.queue_name in (Queue.SEND, Queue.TRANSFER)
    with pytest.raises(RuntimeError), db.write() as session:
        session.execute(text("UPDATE tasks SET due_at = now() + interval '1 hour'"))
        raise RuntimeError
    assert jobs(db) == [job]


def test_the_job_follows_its_task(db: Database, stores: Stores) -> None:
    task = create_task(stores)
    at = utc_now() + timedelta(seconds=40)
    stores.task_updater.change(
        TaskChange(task.task_id, frozenset({task.phase}), {"phase": Phase.WAITING, "due_at": at}), utc_now()
    )
    (job,) = jobs(db)
    assert (job.queue_name, job.scheduled_at, job.priority) == (Queue.POLL, at, 20)
    now = utc_now()
    stores.task_schedule.wake([task.task_id], now)
    assert jobs(db)[0].scheduled_at == now, "a callback makes it due"
    clear(db)
    stores.task_updater.change(
        TaskChange(task.task_id, frozenset({Phase.WAITING}), {"phase": Phase.DONE, "due_at": None}), utc_now()
    )
    assert jobs(db) == [], "a finished task needs none"


def test_a_claim_makes_no_job_and_its_release_makes_one(db: Database, stores: Stores) -> None:
    task = create_task(stores)
    clear(db)
    (claimed,) = stores.task_claims.claim(OWNER, utc_now(), 30.0, set(Phase), 1, only=task.task_id)
    assert claimed.task_id == task.task_id and jobs(db) == []
    assert stores.queued_jobs.add_missing() == 0, "its owner is at work"
    stores.task_claims.release(OWNER)
    assert [job.queueing_lock for job in jobs(db)] == [task.task_id]


def test_a_held_task_gets_its_job_when_it_is_released(db: Database, stores: Stores) -> None:
    create_task(stores)
    clear(db)
    with db.write() as session:
        session.execute(text("UPDATE tasks SET hold_code = 'copy', due_at = now()"))
    assert jobs(db) == [] and stores.queued_jobs.add_missing() == 0
    with db.write() as session:
        session.execute(text("UPDATE tasks SET hold_code = NULL"))
    assert len(jobs(db)) == 1


def test_only_that_task_is_claimed(db: Database, stores: Stores) -> None:
    first, second = create_task(stores), create_task(stores)
    assert first.due_at is not None and second.due_at is not None and first.due_at <= second.due_at
    claimed = stores.task_claims.claim(OWNER, utc_now(), 30.0, set(Phase), 5, only=second.task_id)
    assert [task.task_id for task in claimed] == [second.task_id]


def test_missing_jobs_are_added_once(db: Database, stores: Stores) -> None:
    tasks = [create_task(stores) for _ in range(3)]
    clear(db)
    assert (stores.queued_jobs.add_missing(), stores.queued_jobs.add_missing()) == (3, 0)
    assert {job.queueing_lock for job in jobs(db)} == {task.task_id for task in tasks}


def test_a_postponed_job_keeps_its_turn_while_it_waits_in_the_same_queue(db: Database, stores: Stores) -> None:
    task = create_task(stores)
    clear(db)
    stores.queued_jobs.postpone(task.task_id, task.phase, 60.0, has_turn=True)
    (first,) = jobs(db)
    stores.queued_jobs.postpone(task.task_id, task.phase, 120.0)
    (job,) = jobs(db)
    assert job.scheduled_at == first.scheduled_at and job.args == {"task_id": task.task_id, "has_turn": True}
    at = utc_now() + timedelta(seconds=5)
    stores.task_updater.change(
        TaskChange(task.task_id, frozenset({task.phase}), {"phase": Phase.WAITING, "due_at": at}), utc_now()
    )
    (job,) = jobs(db)
    assert job.scheduled_at == at and job.args == {"task_id": task.task_id}, "another step waits for its own turn"


def test_jobs_are_postponed_by_the_clock_of_the_server_and_not_before_their_row_is_due(
    db: Database, stores: Stores
) -> None:
    now, later = create_task(stores), create_task(stores)
    with db.write() as session:
        session.execute(text("UPDATE tasks SET due_at = now() + interval '1 hour' WHERE id = 2"))
    clear(db)
    for task in (now, later):
        stores.queued_jobs.postpone(task.task_id, task.phase, 10.0)
    with db.read() as session:
        waits_s = list(
            session.execute(
                text("SELECT EXTRACT(EPOCH FROM scheduled_at - now()) FROM procrastinate_jobs ORDER BY id")
            ).scalars()
        )
    assert 0 < waits_s[0] <= 10 and 3500 < waits_s[1] <= 3600


def test_jobs_planned_by_a_wrong_clock_are_pulled_forward(db: Database, stores: Stores) -> None:
    due, _, claimed = (create_task(stores) for _ in range(3))
    with db.write() as session:
        session.execute(text("UPDATE tasks SET due_at = now() + interval '1 hour' WHERE id = 2"))
        session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour'"))
    stores.task_claims.claim(OWNER, utc_now(), 30.0, set(Phase), 1, only=claimed.task_id)
    assert (stores.queued_jobs.pull_forward(), stores.queued_jobs.pull_forward()) == (1, 0)
    soon = [job.queueing_lock for job in jobs(db) if job.scheduled_at < utc_now() + timedelta(minutes=1)]
    assert soon == [due.task_id]


def test_due_work_notifies_and_later_work_does_not(db: Database, stores: Stores, url: str) -> None:
    """Beside Procrastinate's own notification of each new row."""
    task = create_task(stores)
    at = utc_now() + timedelta(seconds=60)
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute('LISTEN "procrastinate_queue_v1#kaimedia_poll"')
        fields = {"phase": Phase.WAITING, "due_at": at}
        stores.task_updater.change(TaskChange(task.task_id, frozenset({task.phase}), fields), utc_now())
        assert list(connection.notifies(timeout=0.3)) == []
        stores.task_schedule.wake([task.task_id], utc_now())
        assert len(list(connection.notifies(timeout=10, stop_after=1))) == 1


def test_figures(db: Database, stores: Stores) -> None:
    for _ in range(2):
        create_task(stores)
    with db.write() as session:
        session.execute(text("UPDATE tasks SET due_at = now() - interval '1 minute' WHERE id = 1"))
        session.execute(text("UPDATE tasks SET due_at = now() + interval '1 minute' WHERE id = 2"))
    found = stores.queued_jobs.figures()
    assert found is not None and (found.waiting, found.due, found.running) == (2, 1, 0) and 59 < found.lag_s < 90


def test_setting_up_again_changes_nothing_and_another_programs_tables_are_refused(
    db: Database, postgres_url: str, postgres_template: str, open_database: Callable[[str], Database]
) -> None:
    set_up(db)
    other = open_database(fresh_database(postgres_url, template=postgres_template))
    with other.write() as session:
        session.execute(text("CREATE TABLE procrastinate_jobs (id integer)"))
    with pytest.raises(ConfigError, match="of another program"):
        set_up(other)


def test_sqlite_is_refused(tmp_path: Any, open_database: Callable[[str], Database]) -> None:
    database = open_database(f"sqlite:///{tmp_path}/k.db")
    database.upgrade()
    with pytest.raises(ConfigError, match="needs a PostgreSQL database"):
        set_up(database)


def test_reserved_turns_follow_each_other_at_the_rate(stores: Stores) -> None:
    pace, now = Pace("reads:kie", 10.0, 2), datetime(2026, 11, 30, 12, tzinfo=UTC)
    waits = [stores.task_claims.reserve(pace, now) for _ in range(5)]
    assert waits == pytest.approx([0.0, 0.0, 0.1, 0.2, 0.3])
    assert stores.task_claims.reserve(pace, now + timedelta(seconds=10)) == 0.0


def waiting_for_turns(db: Database, stores: Stores, pace: Pace, number: int) -> list[Task]:
    """Tasks that wait for their turns in order."""
    tasks = [create_task(stores) for _ in range(number)]
    clear(db)
    for task in tasks:
        wait_s = stores.task_claims.reserve(pace, utc_now())
        stores.queued_jobs.postpone(task.task_id, task.phase, wait_s, has_turn=True)
    return tasks


def test_turns_of_stopped_tasks_are_given_back(db: Database, stores: Stores) -> None:
    pace = Pace("sends:kie", 1.0, 1)
    tasks = waiting_for_turns(db, stores, pace, 40)
    close = partial(stores.queued_jobs.close_gaps, Queue.SEND, tasks[0].provider, pace)
    before = jobs(db)
    assert close(utc_now()) == 0 and jobs(db) == before, "none is later than needed"
    for task in tasks[2:-1]:
        fields = {"phase": Phase.FAILED, "due_at": None}
        stores.task_updater.change(TaskChange(task.task_id, frozenset({task.phase}), fields), utc_now())
    assert (close(utc_now()), close(utc_now())) == (1, 0)
    last = next(job for job in jobs(db) if job.queueing_lock == tasks[-1].task_id)
    assert last.scheduled_at < utc_now() + timedelta(seconds=5)
    assert stores.task_claims.reserve(pace, utc_now()) < 6, "the next turn comes after theirs"


def test_turns_far_in_the_future_move_in_their_order(db: Database, stores: Stores) -> None:
    """As planned by a worker of an earlier version whose clock was ahead."""
    pace = Pace("sends:kie", 10.0, 1)
    tasks = waiting_for_turns(db, stores, pace, 5)
    with db.write() as session:
        session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = scheduled_at + interval '1 hour'"))
    assert stores.queued_jobs.close_gaps(Queue.SEND, tasks[0].provider, pace, utc_now()) == 5
    found = sorted(jobs(db), key=lambda job: job.scheduled_at)
    assert [job.queueing_lock for job in found] == [task.task_id for task in tasks]
    pauses_s = [(b.scheduled_at - a.scheduled_at).total_seconds() for a, b in pairwise(found)]
    assert pauses_s == pytest.approx([0.1] * 4, abs=0.02) and found[-1].scheduled_at < utc_now() + timedelta(seconds=1)
