"""Announced workers, what waits for them, and the server's clock."""

from __future__ import annotations

from dataclasses import replace

from kaimedia.domain import Phase, utc_now
from kaimedia.domain.worker import DueTasks, Worker
from kaimedia.store.database.database import Database
from kaimedia.store.database.server_clock import server_time
from kaimedia.store.stores import Stores
from kaimedia.store.workers import RETENTION
from tests.contract.store.factories import NOW, create_task, later, move, send

FIRST = Worker("one:10:a", "1.0", "embedded", started_at=NOW, seen_at=NOW)
SECOND = Worker("two:20:b", "1.1", "procrastinate", started_at=later(5), seen_at=later(5), takeovers=2)


def test_a_worker_has_one_row_until_it_leaves(stores: Stores) -> None:
    stores.workers.announce(SECOND)
    stores.workers.announce(FIRST)
    assert stores.workers.announced() == [FIRST, SECOND]
    again = replace(FIRST, seen_at=later(60), takeovers=7, storage_errors=4)
    stores.workers.announce(again)
    assert stores.workers.announced() == [again, SECOND]
    stores.workers.leave(FIRST.name)
    stores.workers.leave("nobody")
    assert stores.workers.announced() == [SECOND]


def test_only_rows_of_killed_workers_are_forgotten(stores: Stores) -> None:
    stores.workers.announce(FIRST)
    stores.workers.announce(SECOND)
    stores.workers.forget_old(NOW + RETENTION)
    assert stores.workers.announced() == [FIRST, SECOND]
    stores.workers.forget_old(later(1) + RETENTION)
    assert stores.workers.announced() == [SECOND]


def test_a_worker_counts_as_running_for_three_announcements() -> None:
    assert FIRST.is_running(NOW) and FIRST.is_running(later(59))
    assert not FIRST.is_running(later(60))


def test_what_is_due_and_not_claimed(stores: Stores) -> None:
    assert stores.queue_states.read(NOW).due == {} and stores.queue_states.read(NOW).first_lease_until is None
    create_task(stores, now=later(-20))
    create_task(stores, now=later(-5))
    send(stores, "p", now=later(40))
    move(stores, send(stores, "q"), Phase.SAVING, due_at=later(-3))
    found = stores.queue_states.read(NOW)
    assert found.due == {Phase.QUEUED: DueTasks(2, later(-20)), Phase.SAVING: DueTasks(1, later(-3))}
    stores.task_claims.claim("a", NOW, 30, {Phase.SAVING}, 5)
    found = stores.queue_states.read(NOW)
    assert set(found.due) == {Phase.QUEUED} and found.first_lease_until == later(30)
    found = stores.queue_states.read(later(31))
    assert found.due[Phase.SAVING] == DueTasks(1, later(-3)), "its lease has ended"


def test_only_a_server_has_a_clock_of_its_own(db: Database, dialect: str) -> None:
    before = utc_now()
    found = server_time(db)
    assert (found is None) == (dialect == "sqlite")
    assert found is None or before <= found <= utc_now()
