"""The ledger follows the tasks and is never changed, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, text

from kaimedia.domain import BatchKind, ErrorCode, Phase, Task
from kaimedia.domain.ledger import Basis, EntryKind, LedgerNote, LedgerTotals
from kaimedia.errors import Conflict
from kaimedia.store.database import run_migrations
from kaimedia.store.database.connecting import open_engine, read_url
from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from kaimedia.store.tables import MEDIA, TASKS
from kaimedia.store.tasks.continued import OnceOf
from tests.contract.store.factories import NOW, create_task, finish, later, move, new_task, send

E, R, S, F, W = EntryKind
UNKNOWN: dict[str, Any] = {"error_code": ErrorCode.OUTCOME_UNKNOWN, "may_have_cost": True, "due_at": None}


def entries(stores: Stores, task: Task) -> list[tuple[EntryKind, float]]:
    """The kinds and amounts of a task's entries."""
    return [(entry.kind, entry.credits) for entry in stores.ledger.of_task(task.task_id)]


def fail(stores: Stores, task: Task, code: ErrorCode, **fields: Any) -> Task:
    """End a task with this code, free of charge unless `fields` say otherwise."""
    values = {"error_code": code, "may_have_cost": False, "due_at": None, **fields}
    return move(stores, task, Phase.FAILED, **values)


def test_a_new_task_reserves_its_price(stores: Stores) -> None:
    task = create_task(stores)
    assert entries(stores, task) == [(E, 6.0), (R, 6.0)]
    (estimated, reserved) = stores.ledger.of_task(task.task_id)
    assert (estimated.provider, estimated.model, estimated.basis) == ("sandbox", "gpt4o-image", Basis.ESTIMATE)
    assert (reserved.at, reserved.task_created_at, reserved.token_id, reserved.usd) == (NOW, NOW, "", None)
    assert stores.ledger.totals() == LedgerTotals(reserved=6.0), "an estimate is not part of a sum"


@pytest.mark.parametrize("code", [ErrorCode.REJECTED, ErrorCode.CANCELLED, ErrorCode.PROVIDER_FAILED])
def test_a_task_that_fails_free_of_charge_releases_it(stores: Stores, code: ErrorCode) -> None:
    task = fail(stores, create_task(stores), code)
    assert entries(stores, task) == [(E, 6.0), (R, 6.0), (R, -6.0)]
    fail(stores, task, code)
    assert len(entries(stores, task)) == 3, "nothing is added twice"


def test_a_finished_task_is_settled_by_its_price_until_the_provider_reports_one(stores: Stores) -> None:
    task = finish(stores, "a")
    assert entries(stores, task) == [(E, 6.0), (R, 6.0), (R, -6.0), (S, 6.0)]
    assert stores.ledger.of_task(task.task_id)[-1].basis is Basis.ESTIMATE
    move(stores, task, Phase.DONE, credits_actual=5.5)
    last = stores.ledger.of_task(task.task_id)[-1]
    assert (last.kind, last.credits, last.basis) == (S, -0.5, Basis.REPORTED)
    move(stores, task, Phase.DONE, credits_actual=2.0)
    last = stores.ledger.of_task(task.task_id)[-1]
    assert (last.kind, last.credits, last.basis) == (F, -3.5, Basis.REPORTED), "less than it reported before: a refund"
    assert stores.ledger.totals().spent == 2.0 and stores.ledger.totals().reserved == 0.0


def test_an_equal_report_still_shows_that_it_was_reported(stores: Stores) -> None:
    task = finish(stores, "a")
    move(stores, task, Phase.DONE, credits_actual=6.0)
    move(stores, task, Phase.DONE, credits_actual=6.0)
    assert entries(stores, task)[3:] == [(S, 6.0), (S, 0.0)]
    assert stores.ledger.of_task(task.task_id)[-1].basis is Basis.REPORTED


def test_a_charge_reported_for_a_failed_task_is_settled(stores: Stores) -> None:
    task = fail(stores, send(stores, "p"), ErrorCode.PROVIDER_FAILED, credits_actual=6.0)
    assert entries(stores, task)[2:] == [(S, 6.0), (R, -6.0)]
    assert stores.ledger.of_task(task.task_id)[2].note_code is LedgerNote.FAILED


def test_an_unknown_outcome_stays_reserved_until_it_is_dismissed_and_is_taken_back_when_found(stores: Stores) -> None:
    task = move(stores, create_task(stores), Phase.FAILED, **UNKNOWN)
    assert stores.ledger.totals() == LedgerTotals(reserved=6.0)
    move(stores, task, Phase.FAILED, dismissed_at=later(5))
    assert stores.ledger.totals() == LedgerTotals(written_off=6.0)
    assert stores.ledger.of_task(task.task_id)[-1].note_code is LedgerNote.OUTCOME_UNKNOWN
    found = stores.task_updater.attach_provider_id("p-late", later(9), task_id=task.task_id)
    assert stores.ledger.totals() == LedgerTotals(reserved=6.0)
    move(stores, found, Phase.DONE, credits_actual=7.0)
    assert stores.ledger.totals() == LedgerTotals(settled=7.0)


def test_a_task_no_longer_tracked_is_written_off_until_it_is_resumed(stores: Stores) -> None:
    task = fail(stores, send(stores, "p"), ErrorCode.CANCELLED, may_have_cost=True)
    assert stores.ledger.totals() == LedgerTotals(written_off=6.0)
    assert stores.ledger.of_task(task.task_id)[-1].note_code is LedgerNote.ABANDONED
    move(stores, task, Phase.WAITING, due_at=later(1))
    assert stores.ledger.totals() == LedgerTotals(reserved=6.0)


def test_an_overdue_task_is_written_off_when_it_is_no_longer_polled(stores: Stores) -> None:
    task = fail(stores, send(stores, "p"), ErrorCode.EXPIRED, may_have_cost=True, due_at=later(60))
    assert stores.ledger.totals() == LedgerTotals(reserved=6.0)
    move(stores, task, Phase.FAILED, due_at=None)
    assert stores.ledger.totals() == LedgerTotals(written_off=6.0)


def test_fetching_a_finished_task_again_reserves_nothing(stores: Stores) -> None:
    task = finish(stores, "a")
    stores.task_results.fetch_again(task.task_id, task.media_ids, later(5))
    fail(stores, task, ErrorCode.CANCELLED, may_have_cost=True)
    assert stores.ledger.totals() == LedgerTotals(settled=6.0)


def test_a_running_task_reserves_what_the_provider_reports(stores: Stores) -> None:
    move(stores, send(stores, "p"), Phase.GENERATING, credits_actual=4.5)
    assert stores.ledger.totals() == LedgerTotals(reserved=4.5)


def test_a_batch_is_reserved_as_a_whole_and_released_when_stopped(stores: Stores) -> None:
    batch = stores.batches.create(BatchKind.PROMPTS, "b", [new_task(), new_task()], NOW)
    assert stores.ledger.totals() == LedgerTotals(reserved=12.0)
    stores.batches.stop(batch.id, later(5))
    assert stores.ledger.totals() == LedgerTotals()


def test_a_task_that_is_not_created_reserves_nothing(stores: Stores) -> None:
    once = OnceOf("task_id", "p-source")
    new = replace(new_task(params={"task_id": "p-source"}), once_of=once)
    stores.task_creator.create(new, now=NOW)
    with pytest.raises(Conflict):
        stores.task_creator.create(new, now=NOW)
    assert stores.ledger.totals() == LedgerTotals(reserved=6.0)


@pytest.mark.parametrize("is_unknown", [False, True])
def test_a_deleted_task_leaves_its_entries_and_nothing_reserved(stores: Stores, is_unknown: bool) -> None:
    task = move(stores, create_task(stores), Phase.FAILED, **UNKNOWN) if is_unknown else finish(stores, "a")
    stores.trash.delete(task.media_ids, NOW)
    assert stores.trash.empty()[0] == 1
    assert stores.task_reader.by_ids([task.task_id]) == []
    assert entries(stores, task)[:2] == [(E, 6.0), (R, 6.0)]
    assert stores.ledger.totals() == (LedgerTotals(written_off=6.0) if is_unknown else LedgerTotals(settled=6.0))


def test_a_task_without_entries_gets_all_of_them(db: Database, stores: Stores) -> None:
    media = {"id": 1, "media_type": "image", "prompt": "p", "model": "m", "created_at": NOW, "task_id": "a"}
    task = {"task_id": "a", "media_id": 1, "model": "m", "provider": "kie", "credits_estimated": 6.0}
    with db.write() as session:
        session.execute(insert(MEDIA).values(media))
        session.execute(insert(TASKS).values(task | {"phase": "waiting", "created_at": NOW, "updated_at": NOW}))
    move(stores, stores.task_reader.get("a"), Phase.DONE, now=later(5))
    estimated, settled = stores.ledger.of_task("a")
    assert (estimated.kind, estimated.credits, estimated.usd, estimated.at) == (E, 6.0, 0.03, NOW)
    assert (settled.kind, settled.credits, settled.usd, settled.at) == (S, 6.0, 0.03, later(5))


def test_money_follows_the_rate_of_the_day_the_task_was_created(stores: Stores) -> None:
    task = stores.task_creator.create(replace(new_task(), usd_per_credit=0.005, token_id="0123456789ab"), now=NOW)
    move(stores, task, Phase.DONE, credits_actual=8.0)
    totals = stores.ledger.totals(token_id="0123456789ab")
    assert (totals.settled, round(totals.usd_settled, 6), round(totals.usd_reserved, 6)) == (8.0, 0.04, 0.0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET credits = 0",
        "DELETE FROM ledger",
        "DELETE FROM ledger WHERE id = (SELECT min(id) FROM ledger)",
    ],
)
def test_the_database_refuses_every_change_of_an_entry(db: Database, stores: Stores, statement: str) -> None:
    task = create_task(stores)
    before = stores.ledger.of_task(task.task_id)
    with pytest.raises(Exception, match="append-only"), db.engine.begin() as connection:
        connection.execute(text(statement))
    assert stores.ledger.of_task(task.task_id) == before


def test_the_database_refuses_to_replace_or_truncate_entries(db: Database, dialect: str, stores: Stores) -> None:
    task = create_task(stores)
    before = stores.ledger.of_task(task.task_id)
    columns = "id, task_id, provider, model, modality, kind, basis, credits, at, task_created_at"
    replacing = f"INSERT OR REPLACE INTO ledger ({columns}) SELECT {columns.replace('credits', '0')} FROM ledger"
    with pytest.raises(Exception, match="append-only"), db.engine.begin() as connection:
        connection.execute(text("TRUNCATE ledger" if dialect == "postgresql" else replacing))
    assert stores.ledger.of_task(task.task_id) == before


def test_tasks_from_before_the_ledger_get_their_entries(
    empty_url: str, open_database: Callable[[str], Database]
) -> None:
    db = open_database(empty_url)
    engine = open_engine(read_url(empty_url), migrating=True)
    rows = {  # task -> phase, status, error code, may have cost, estimate, actual, due
        "done": ("done", "completed", None, False, 6, 5, False),
        "estimated": ("done", "completed", None, False, 6, None, False),
        "unpriced": ("done", "completed", None, False, None, None, False),
        "queued": ("queued", "pending", None, False, 6, None, True),
        "free": ("failed", "failed", "provider_failed", False, 6, 6, False),
        "unsaved": ("failed", "failed", "not_saved", True, 6, None, False),
        "unknown": ("failed", "failed", "outcome_unknown", True, 6, None, False),
        "abandoned": ("failed", "failed", "cancelled", True, 6, None, False),
        "overdue": ("failed", "failed", "expired", True, 6, None, True),
    }
    with engine.begin() as connection:
        run_migrations.upgrade(connection, "0015")
        connection.exec_driver_sql(
            "INSERT INTO media (id, media_type, prompt, model) VALUES (1, 'image', 'a', 'gpt4o-image')"
        )
        for name, (phase, status, code, may_have_cost, estimate, actual, is_due) in rows.items():
            connection.execute(
                text(
                    "INSERT INTO tasks (media_id, task_id, model, provider, phase, status, error_code, may_have_cost,"
                    " credits_estimated, credits_actual, due_at) VALUES (1, :name, 'gpt4o-image', 'kie', :phase,"
                    " :status, :code, :may, :estimate, :actual, CASE WHEN :due THEN CURRENT_TIMESTAMP END)"
                ),
                {
                    **{"name": name, "phase": phase, "status": status, "code": code, "may": may_have_cost},
                    **{"estimate": estimate, "actual": actual, "due": is_due},
                },
            )
    engine.dispose()
    db.upgrade()
    stores = Stores(db)
    found = {
        name: [(e.kind, e.basis, e.credits, e.note_code) for e in stores.ledger.of_task(name)[1:]] for name in rows
    }
    assert found == {
        "done": [(S, Basis.REPORTED, 5.0, None)],
        "estimated": [(S, Basis.ESTIMATE, 6.0, None)],
        "unpriced": [(S, Basis.ESTIMATE, 0.0, LedgerNote.PRICE_UNKNOWN)],
        "queued": [(R, Basis.ESTIMATE, 6.0, None)],
        "free": [],
        "unsaved": [(S, Basis.ESTIMATE, 6.0, LedgerNote.NOT_SAVED)],
        "unknown": [(R, Basis.ESTIMATE, 6.0, None)],
        "abandoned": [(W, Basis.ESTIMATE, 6.0, LedgerNote.ABANDONED)],
        "overdue": [(R, Basis.ESTIMATE, 6.0, None)],
    }
    totals = stores.ledger.totals()
    usd_spent = totals.usd_settled + totals.usd_refunded + totals.usd_written_off
    assert (totals.spent, totals.reserved, round(usd_spent, 6)) == (23.0, 18.0, 0.115)
    for name in rows:
        move(stores, stores.task_reader.get(name), Phase.FAILED, may_have_cost=False, due_at=None, credits_actual=0.0)
    assert stores.ledger.totals().reserved == 0.0
