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
from sqlalchemy import select, text

from kaimedia.domain import ErrorCode, Pace, Phase, ProviderName, Status, TaskChange, utc_now
from kaimedia.errors import StaleTransition
from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from kaimedia.store.tables import TASKS
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
        wanted = many_queued(db, 800)
        db.close()
        printed = processes("claimer", [url, "a", "8"], [url, "b", "8"])
        claimed = [json.loads(line) for line in printed]
        assert sorted(claimed[0] + claimed[1]) == sorted(wanted)
        if claimed[0] and claimed[1]:
            return
    pytest.fail("one process got everything each time: this proved nothing")


def test_the_longest_due_come_first_and_only_due_ones(stores: Stores) -> None:
    young, old, early = (send(stores, name, now=later(at)) for name, at in (("young", 2), ("old", 1), ("early", 60)))
    queued = create_task(stores)
    assert [task.task_id for task in stores.task_claims.claim("a", later(5), 30, WATCHED, 10)] == [
        old.task_id,
        young.task_id,
    ]
    assert stores.task_claims.claim("a", later(5), 30, {Phase.QUEUED}, 10, exclude=[queued.task_id]) == []
    assert stores.task_claims.claim("a", later(5), 30, {Phase.QUEUED}, 10, provider=ProviderName.KIE) == []
    assert [task.task_id for task in stores.task_claims.claim("a", later(5), 30, {Phase.QUEUED}, 10)] == [
        queued.task_id
    ]
    assert early.due_at == later(60)
    assert stores.task_schedule.next_due_at() == later(35), "the end of a lease comes before the next due time"
    assert stores.task_claims.claim("a", later(99), 30, set(), 10) == []


def test_a_lease_lasts_until_it_ends_or_is_released(stores: Stores) -> None:
    task = send(stores, "p")
    assert stores.task_claims.claim("a", NOW, 30, WATCHED, 5) and stores.task_claims.owners() == {"a"}
    assert stores.task_claims.claim("b", later(29), 30, WATCHED, 5) == []
    assert stores.task_schedule.next_due_at() == later(30)
    stores.task_claims.renew("a", [task.task_id], later(90))
    stores.task_claims.renew("b", [task.task_id], later(9000))
    assert stores.task_claims.claim("b", later(89), 30, WATCHED, 5) == []
    assert [found.task_id for found in stores.task_claims.claim("b", later(90), 30, WATCHED, 5)] == [task.task_id]
    stores.task_claims.release("a")
    assert stores.task_claims.owners() == {"b"}
    stores.task_claims.release("b", ["another"])
    assert stores.task_claims.owners() == {"b"}
    stores.task_claims.release("b", [task.task_id])
    assert stores.task_claims.owners() == set() and stores.task_claims.claim("c", later(91), 30, WATCHED, 5)
    stores.task_claims.release_owners([])
    stores.task_claims.release_owners({"c"})
    assert stores.task_claims.owners() == set()


def test_takeovers_are_counted(stores: Stores) -> None:
    for name in ("p", "q"):
        send(stores, name)
    claims = stores.task_claims
    assert len(claims.claim("a", NOW, 30, WATCHED, 5)) == 2 and claims.takeovers == 0
    assert len(claims.claim("b", later(31), 30, WATCHED, 1)) == 1 and claims.takeovers == 1
    claims.release("b")
    assert len(claims.claim("c", later(31), 30, WATCHED, 1)) == 1 and claims.takeovers == 1, "that one was given back"
    claims.release_owners({"a", "c"})
    assert claims.takeovers == 3


def test_a_failed_task_is_claimed_only_when_due(stores: Stores) -> None:
    expired = move(stores, send(stores, "p"), Phase.FAILED, error_code=ErrorCode.EXPIRED, due_at=later(600))
    move(stores, send(stores, "q"), Phase.FAILED, error_code=ErrorCode.PROVIDER_FAILED, due_at=None)
    assert expired.due_at is not None and stores.task_schedule.next_due_at() == later(600)
    assert stores.task_claims.claim("a", later(599), 30, {Phase.FAILED}, 5) == []
    assert [task.task_id for task in stores.task_claims.claim("a", later(600), 30, {Phase.FAILED}, 5)] == [
        expired.task_id
    ]


def test_a_pace_limits_what_is_claimed_and_refills(stores: Stores) -> None:
    pace = Pace("reads", rate_per_s=2.0, burst=3)
    for place in range(12):
        send(stores, f"p{place}")
    assert len(stores.task_claims.claim("a", NOW, 30, WATCHED, 10, pace=pace)) == 3
    assert len(stores.task_claims.claim("b", NOW, 30, WATCHED, 10, pace=pace)) == 0
    assert len(stores.task_claims.claim("b", later(1.0), 30, WATCHED, 10, pace=pace)) == 2
    assert len(stores.task_claims.claim("b", later(0.5), 30, WATCHED, 10, pace=pace)) == 0, (
        "a clock set back gives no tokens"
    )
    assert len(stores.task_claims.claim("b", later(500), 30, {Phase.SAVING}, 10, pace=pace)) == 0
    assert len(stores.task_claims.claim("b", later(1.25), 30, WATCHED, 1, pace=replace(pace, name="other"))) == 1
    assert len(stores.task_claims.claim("b", later(500), 30, WATCHED, 10, pace=pace)) == 3, (
        "tokens not used were not spent"
    )


def test_sending_is_committed_with_its_time_before_returning(
    stores: Stores, url: str, open_database: Callable[[str], Database]
) -> None:
    first, second = create_task(stores, n_media=2), create_task(stores, now=later(1))
    create_task(stores, now=later(50))
    claimed = stores.task_claims.claim_to_send("a", later(2), 30, 5, provider=SANDBOX)
    assert [task.task_id for task in claimed] == [first.task_id, second.task_id]
    seen = Stores(open_database(url)).task_reader.get(first.task_id)
    assert seen == claimed[0]
    assert (seen.phase, seen.status, seen.sent_at) == (Phase.SENDING, Status.PROCESSING, later(2))
    assert {item.status for item in stores.media_reader.of_task(first.task_id)} == {Status.PROCESSING}
    assert stores.task_claims.claim_to_send("b", later(3), 30, 5, provider=SANDBOX) == []
    assert stores.task_claims.claim_to_send("b", later(60), 30, 5, provider=ProviderName.KIE) == []


def test_a_window_is_never_exceeded(stores: Stores) -> None:
    for _ in range(30):
        create_task(stores)
    assert len(stores.task_claims.claim_to_send("a", later(0), 30, 15, provider=SANDBOX)) == 15
    assert len(stores.task_claims.claim_to_send("b", later(1), 30, 15, provider=SANDBOX)) == 5
    assert len(stores.task_claims.claim_to_send("b", later(9.999999), 30, 15, provider=SANDBOX)) == 0
    assert len(stores.task_claims.claim_to_send("b", later(10), 30, 15, provider=SANDBOX)) == 10


def test_parallel_claimers_share_the_window(
    stores: Stores, db: Database, url: str, open_database: Callable[[str], Database]
) -> None:
    many_queued(db, 150, now=utc_now() - timedelta(seconds=1))
    both = [stores, Stores(open_database(url))]
    until = time.monotonic() + 2.2

    def sender(place: int) -> int:
        sent = 0
        while time.monotonic() < until:
            window = {"window_s": 0.5, "max_in_window": 20}
            claims = both[place % 2].task_claims
            sent += len(claims.claim_to_send(f"s{place}", utc_now(), 60, 3, provider=SANDBOX, **window))
        return sent

    with ThreadPoolExecutor(6) as pool:
        total = sum(pool.map(sender, range(6)))
    with db.read() as session:
        moments = sorted(session.execute(select(TASKS.c.sent_at).where(TASKS.c.sent_at.is_not(None))).scalars())
    assert len(moments) == total >= 40
    window = timedelta(seconds=0.5)
    assert max(sum(start <= other < start + window for other in moments) for start in moments) <= 20


def test_lost_sends_are_found_once_their_owner_is_gone(stores: Stores) -> None:
    create_task(stores)
    (lost,) = stores.task_claims.claim_to_send("a", NOW, 30, 5, provider=SANDBOX)
    assert stores.task_claims.lost_sends(later(29)) == []
    assert stores.task_claims.lost_sends(later(30), exclude=[lost.task_id]) == []
    assert [task.task_id for task in stores.task_claims.lost_sends(later(30))] == [lost.task_id]
    stores.task_claims.release_owners(["a"])
    assert [task.task_id for task in stores.task_claims.lost_sends(later(1))] == [lost.task_id]
    fields = {"phase": Phase.WAITING, "provider_task_id": "p"}
    stores.task_updater.change(TaskChange(lost.task_id, frozenset({Phase.SENDING}), fields), later(2))
    assert stores.task_claims.lost_sends(later(60)) == []


def test_waking_makes_unfinished_tasks_due(stores: Stores) -> None:
    waiting = move(stores, send(stores, "p"), Phase.WAITING, due_at=later(600))
    dormant = move(stores, send(stores, "q"), Phase.WAITING, due_at=None)
    expired = move(stores, send(stores, "r"), Phase.FAILED, error_code=ErrorCode.EXPIRED, due_at=later(600))
    settled = move(stores, send(stores, "s"), Phase.FAILED, error_code=ErrorCode.CANCELLED, due_at=None)
    overdue = send(stores, "t")
    stores.task_schedule.wake([task.task_id for task in (waiting, dormant, expired, settled, overdue)], later(5))
    assert [stores.task_reader.get(task.task_id).due_at for task in (waiting, dormant, expired)] == [later(5)] * 3
    assert stores.task_reader.get(settled.task_id).due_at is None
    assert stores.task_reader.get(overdue.task_id).due_at == NOW, "it keeps its place in the queue"


def test_a_task_of_a_newer_version_is_shown_and_left_alone(db: Database, stores: Stores) -> None:
    """During an update, a newer process may write phases and codes that this one does not know."""
    task = create_task(stores)
    with db.write() as session:
        session.execute(
            text("UPDATE tasks SET phase = 'upscaling', status = 'processing', error_code = 'of_a_newer_version'")
        )
    (shown,) = stores.task_reader.shown()
    assert (shown.task_id, shown.phase, shown.status) == (task.task_id, Phase.GENERATING, Status.PROCESSING)
    assert sum(stores.task_reader.counts().values()) == 0
    assert stores.task_claims.claim("host:1:a", utc_now(), 30.0, set(Phase), 5) == []
    assert stores.task_schedule.due(utc_now()) == set()
    with pytest.raises(StaleTransition):
        stores.task_updater.change(
            TaskChange(task.task_id, frozenset(Phase), {"phase": Phase.FAILED, "due_at": None}), utc_now()
        )
