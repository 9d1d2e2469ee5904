"""Claims, leases and rate limits, across threads and processes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from kaimedia.domain import ErrorCode, Pace, Phase, ProviderKind, Status, TaskChange, utc_now
from kaimedia.store.database import Database
from kaimedia.store.media import MediaStore
from kaimedia.store.tables import TASKS
from kaimedia.store.tasks import TaskStore
from tests.contract.store.factories import NOW, SANDBOX, create_task, later, many_queued, move, send

ROOT = Path(__file__).resolve().parents[3]
WATCHED = {Phase.WAITING, Phase.GENERATING, Phase.SAVING}


def processes(module: str, *arguments: list[str]) -> list[str]:
    """Run a module once per argument list, release all at the same moment, and return each one's last line."""
    command = [sys.executable, "-m", f"tests.contract.store.{module}"]
    running = [
        subprocess.Popen([*command, *given], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for given in arguments
    ]
    for process in running:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    printed = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0] * len(running)
    return printed


def test_two_processes_of_eight_threads_claim_each_task_once(url: str, db: Database) -> None:
    for _ in range(4):
        wanted = many_queued(db, 2000)
        db.close()
        printed = processes("claimer", [url, "a", "8"], [url, "b", "8"])
        claimed = [json.loads(line) for line in printed]
        assert sorted(claimed[0] + claimed[1]) == sorted(wanted)
        if claimed[0] and claimed[1]:
            return
    pytest.fail("one process got everything each time: this proved nothing")


def test_the_longest_due_come_first_and_only_due_ones(tasks: TaskStore) -> None:
    young, old, early = (send(tasks, name, now=later(at)) for name, at in (("young", 2), ("old", 1), ("early", 60)))
    queued = create_task(tasks)
    assert [task.task_id for task in tasks.claim("a", later(5), 30, WATCHED, 10)] == [old.task_id, young.task_id]
    assert tasks.claim("a", later(5), 30, {Phase.QUEUED}, 10, exclude=[queued.task_id]) == []
    assert tasks.claim("a", later(5), 30, {Phase.QUEUED}, 10, provider=ProviderKind.KIE) == []
    assert [task.task_id for task in tasks.claim("a", later(5), 30, {Phase.QUEUED}, 10)] == [queued.task_id]
    assert early.due_at == later(60)
    assert tasks.next_due_at() == later(35), "the end of a lease comes before the next due time"
    assert tasks.claim("a", later(99), 30, set(), 10) == []


def test_a_lease_lasts_until_it_ends_or_is_released(tasks: TaskStore) -> None:
    task = send(tasks, "p")
    assert tasks.claim("a", NOW, 30, WATCHED, 5) and tasks.owners() == {"a"}
    assert tasks.claim("b", later(29), 30, WATCHED, 5) == []
    assert tasks.next_due_at() == later(30)
    tasks.renew("a", [task.task_id], later(90))
    tasks.renew("b", [task.task_id], later(9000))
    assert tasks.claim("b", later(89), 30, WATCHED, 5) == []
    assert [found.task_id for found in tasks.claim("b", later(90), 30, WATCHED, 5)] == [task.task_id]
    tasks.release("a")
    assert tasks.owners() == {"b"}
    tasks.release("b", ["another"])
    assert tasks.owners() == {"b"}
    tasks.release("b", [task.task_id])
    assert tasks.owners() == set() and tasks.claim("c", later(91), 30, WATCHED, 5)
    tasks.release_owners([])
    tasks.release_owners({"c"})
    assert tasks.owners() == set()


def test_a_failed_task_is_claimed_only_when_due(tasks: TaskStore) -> None:
    expired = move(tasks, send(tasks, "p"), Phase.FAILED, error_code=ErrorCode.EXPIRED, due_at=later(600))
    move(tasks, send(tasks, "q"), Phase.FAILED, error_code=ErrorCode.PROVIDER_FAILED, due_at=None)
    assert expired.due_at is not None and tasks.next_due_at() == later(600)
    assert tasks.claim("a", later(599), 30, {Phase.FAILED}, 5) == []
    assert [task.task_id for task in tasks.claim("a", later(600), 30, {Phase.FAILED}, 5)] == [expired.task_id]


def test_a_pace_limits_what_is_claimed_and_refills(tasks: TaskStore) -> None:
    pace = Pace("reads", rate_per_s=2.0, burst=3)
    for place in range(12):
        send(tasks, f"p{place}")
    assert len(tasks.claim("a", NOW, 30, WATCHED, 10, pace=pace)) == 3
    assert len(tasks.claim("b", NOW, 30, WATCHED, 10, pace=pace)) == 0
    assert len(tasks.claim("b", later(1.0), 30, WATCHED, 10, pace=pace)) == 2
    assert len(tasks.claim("b", later(0.5), 30, WATCHED, 10, pace=pace)) == 0, "a clock set back gives no tokens"
    assert len(tasks.claim("b", later(500), 30, {Phase.SAVING}, 10, pace=pace)) == 0
    assert len(tasks.claim("b", later(1.25), 30, WATCHED, 1, pace=replace(pace, name="other"))) == 1
    assert len(tasks.claim("b", later(500), 30, WATCHED, 10, pace=pace)) == 3, "tokens not used were not spent"


def test_sending_is_committed_with_its_time_before_returning(
    tasks: TaskStore, media: MediaStore, url: str, open_database: Callable[[str], Database]
) -> None:
    first, second = create_task(tasks, n_media=2), create_task(tasks, now=later(1))
    create_task(tasks, now=later(50))
    claimed = tasks.claim_to_send("a", later(2), 30, 5, provider=SANDBOX)
    assert [task.task_id for task in claimed] == [first.task_id, second.task_id]
    seen = TaskStore(open_database(url)).get(first.task_id)
    assert seen == claimed[0]
    assert (seen.phase, seen.status, seen.sent_at) == (Phase.SENDING, Status.PROCESSING, later(2))
    assert {item.status for item in media.of_task(first.task_id)} == {Status.PROCESSING}
    assert tasks.claim_to_send("b", later(3), 30, 5, provider=SANDBOX) == []
    assert tasks.claim_to_send("b", later(60), 30, 5, provider=ProviderKind.KIE) == []


def test_a_window_is_never_exceeded(tasks: TaskStore) -> None:
    for _ in range(30):
        create_task(tasks)
    assert len(tasks.claim_to_send("a", later(0), 30, 15, provider=SANDBOX)) == 15
    assert len(tasks.claim_to_send("b", later(1), 30, 15, provider=SANDBOX)) == 5
    assert len(tasks.claim_to_send("b", later(9.999999), 30, 15, provider=SANDBOX)) == 0
    assert len(tasks.claim_to_send("b", later(10), 30, 15, provider=SANDBOX)) == 10


def test_parallel_claimers_share_the_window(
    tasks: TaskStore, db: Database, url: str, open_database: Callable[[str], Database]
) -> None:
    many_queued(db, 150, now=utc_now() - timedelta(seconds=1))
    stores = [tasks, TaskStore(open_database(url))]
    until = time.monotonic() + 2.2

    def sender(place: int) -> int:
        sent = 0
        while time.monotonic() < until:
            window = {"window_s": 0.5, "max_in_window": 20}
            sent += len(stores[place % 2].claim_to_send(f"s{place}", utc_now(), 60, 3, provider=SANDBOX, **window))
        return sent

    with ThreadPoolExecutor(6) as pool:
        total = sum(pool.map(sender, range(6)))
    with db.read() as session:
        moments = sorted(session.execute(select(TASKS.c.sent_at).where(TASKS.c.sent_at.is_not(None))).scalars())
    assert len(moments) == total >= 40
    window = timedelta(seconds=0.5)
    assert max(sum(start <= other < start + window for other in moments) for start in moments) <= 20


def test_lost_sends_are_found_once_their_owner_is_gone(tasks: TaskStore) -> None:
    create_task(tasks)
    (lost,) = tasks.claim_to_send("a", NOW, 30, 5, provider=SANDBOX)
    assert tasks.lost_sends(later(29)) == []
    assert tasks.lost_sends(later(30), exclude=[lost.task_id]) == []
    assert [task.task_id for task in tasks.lost_sends(later(30))] == [lost.task_id]
    tasks.release_owners(["a"])
    assert [task.task_id for task in tasks.lost_sends(later(1))] == [lost.task_id]
    fields = {"phase": Phase.WAITING, "provider_task_id": "p"}
    tasks.change(TaskChange(lost.task_id, frozenset({Phase.SENDING}), fields), later(2))
    assert tasks.lost_sends(later(60)) == []


def test_waking_makes_unfinished_tasks_due(tasks: TaskStore) -> None:
    waiting = move(tasks, send(tasks, "p"), Phase.WAITING, due_at=later(600))
    dormant = move(tasks, send(tasks, "q"), Phase.WAITING, due_at=None)
    expired = move(tasks, send(tasks, "r"), Phase.FAILED, error_code=ErrorCode.EXPIRED, due_at=later(600))
    settled = move(tasks, send(tasks, "s"), Phase.FAILED, error_code=ErrorCode.CANCELLED, due_at=None)
    overdue = send(tasks, "t")
    tasks.wake([task.task_id for task in (waiting, dormant, expired, settled, overdue)], later(5))
    assert [tasks.get(task.task_id).due_at for task in (waiting, dormant, expired)] == [later(5)] * 3
    assert tasks.get(settled.task_id).due_at is None
    assert tasks.get(overdue.task_id).due_at == NOW, "it keeps its place in the queue"
