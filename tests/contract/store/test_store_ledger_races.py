"""Two transactions that change the same task enter each amount once, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import text, update

from kaimedia.domain import ErrorCode, Phase, Status, Task
from kaimedia.domain.ledger import LedgerTotals
from kaimedia.store.database.database import Database
from kaimedia.store.ledger.writer import reconcile
from kaimedia.store.stores import Stores
from kaimedia.store.tables import TASKS
from tests.contract.store.factories import NOW, create_task, later, move

_BLOCKED = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


def unknown_in_trash(stores: Stores) -> Task:
    """A task of unknown outcome whose media is in the trash."""
    fields: dict[str, Any] = {"error_code": ErrorCode.OUTCOME_UNKNOWN, "may_have_cost": True, "due_at": None}
    task = move(stores, create_task(stores), Phase.FAILED, **fields)
    stores.trash.delete(task.media_ids, NOW)
    return task


def wait_until_blocked(db: Database, other: threading.Thread) -> None:
    """Until the other thread waits for a row, or has ended. On SQLite it waits for the whole database."""
    if db.dialect == "sqlite":
        return
    while other.is_alive():
        with db.read() as session:
            if session.execute(_BLOCKED).scalar_one():
                return
        other.join(0.01)


def change_while(db: Database, task: Task, values: dict[str, Any], other: Callable[[], object]) -> None:
    """Change a task in a transaction that does not end before `other` waits for it."""
    thread = threading.Thread(target=other)
    with db.write() as session:
        session.execute(update(TASKS).where(TASKS.c.task_id == task.task_id).values(**values))
        reconcile(session, [task.task_id], NOW)
        thread.start()
        wait_until_blocked(db, thread)
    thread.join()


def test_a_task_dismissed_while_the_trash_is_emptied_is_written_off_once(db: Database, stores: Stores) -> None:
    task = unknown_in_trash(stores)
    change_while(db, task, {"dismissed_at": later(5)}, stores.trash.empty)
    assert stores.ledger.totals() == LedgerTotals(written_off=6.0)
    assert stores.task_reader.by_ids([task.task_id]) == []


def test_a_task_tracked_again_while_the_trash_is_emptied_is_kept(db: Database, stores: Stores) -> None:
    task = unknown_in_trash(stores)
    waiting = {"phase": Phase.WAITING.value, "status": Status.PROCESSING.value, "due_at": NOW}
    change_while(db, task, waiting, stores.trash.empty)
    assert [each.task_id for each in stores.task_reader.by_ids([task.task_id])] == [task.task_id]
    assert stores.ledger.totals() == LedgerTotals(reserved=6.0)
