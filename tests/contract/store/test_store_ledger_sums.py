"""Sums of the ledger by day, model, result and collection, and against the balance, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from kaimedia.domain import ErrorCode, Phase
from kaimedia.domain.spending import Reserved, SpendingRange, Sums
from kaimedia.store.database.database import Database
from kaimedia.store.ledger.results import DELETED, NO_COLLECTION
from kaimedia.store.stores import Stores
from tests.contract.store.factories import NOW, create_task, finish, later, move, send
from tests.contract.store.ledger_entries import ALL, enter, midnights


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("UTC", date(2026, 11, 1)),
        ("Europe/Berlin", date(2026, 10, 23)),  # 25 October has 25 hours
        ("America/New_York", date(2026, 3, 6)),  # 8 March has 23
        ("Asia/Kathmandu", date(2026, 11, 1)),
        ("Australia/Lord_Howe", date(2026, 10, 2)),  # 4 October has 23.5
    ],
)
def test_a_task_counts_on_its_day_in_any_time_zone(db: Database, stores: Stores, zone: str, first: date) -> None:
    starts = midnights(first, 6, ZoneInfo(zone))
    moment = timedelta(microseconds=400_000)
    enter(db, *({"task_created_at": at} for start in starts[:-1] for at in (start, start + moment)))
    enter(db, *({"task_created_at": start - moment, "task_id": f"e{start}"} for start in starts[1:]))
    cells = stores.ledger_sums.cells(SpendingRange("kie", starts[0], starts[-1]), starts)
    assert {cell.day: cell.sums.credits for cell in cells} == dict.fromkeys(range(6), 3.0)


def test_the_range_includes_its_start_and_not_its_end(db: Database, stores: Stores) -> None:
    start = NOW.replace(minute=15, second=0, microsecond=0)
    end = start + timedelta(minutes=15)
    outside = ({"task_created_at": end}, {"task_created_at": start - timedelta(microseconds=1)})
    enter(db, {"task_created_at": start}, *outside, {"provider": "sandbox", "task_created_at": start})
    (cell,) = stores.ledger_sums.cells(SpendingRange("kie", start, end))
    assert (cell.day, cell.model, cell.modality, cell.token_id) == (0, "m", "image", "")
    assert cell.sums == Sums(1, 1.0)
    assert stores.ledger_sums.first_at("kie") == start - timedelta(microseconds=1)
    assert stores.ledger_sums.first_at("pictureworks") is None
    assert sorted(stores.ledger_sums.providers()) == ["kie", "sandbox"]


def test_models_and_tokens_are_separate_and_refunds_count(db: Database, stores: Stores) -> None:
    enter(
        db,
        {"task_id": "a", "model": "x", "credits": 8.0, "usd": 0.04},
        {"task_id": "a", "model": "x", "kind": "refunded", "credits": -3.0, "usd": -0.015},
        {"task_id": "a", "model": "x", "kind": "estimated", "credits": 100.0},
        {"task_id": "b", "model": "x", "token_id": "0123456789ab", "credits": 2.0},
        {"task_id": "c", "model": "y", "kind": "reserved", "credits": 5.0, "modality": "video"},
    )
    cells = stores.ledger_sums.cells(SpendingRange("kie"))
    found = {(cell.model, cell.token_id): cell.sums for cell in cells}
    assert found[("x", "")] == Sums(1, 5.0, pytest.approx(0.025))
    assert found[("x", "0123456789ab")] == Sums(1, 2.0)
    assert found[("y", "")] == Sums(0, 0.0, reserved=5.0)


def test_results_are_counted_as_made_kept_and_favorite(stores: Stores) -> None:
    four = finish(stores, "four", n_media=4)
    stores.favorites.set(four.media_ids[:1], True)
    stores.trash.delete(four.media_ids[3:], NOW)
    move(stores, send(stores, "lost"), Phase.FAILED, error_code=ErrorCode.CANCELLED, may_have_cost=True, due_at=None)
    (found,) = stores.paid_results.by_model(ALL)
    assert (found.model, found.credits, found.made, found.kept, found.favorites) == ("gpt4o-image", 12.0, 4, 3, 1)
    assert (found.credits_per_kept, found.credits_per_favorite) == (4.0, 12.0)


def test_list_prices_are_compared_only_with_amounts_that_were_reported(stores: Stores) -> None:
    for name, credits in (("a", 5.0), ("b", 6.0)):
        move(stores, finish(stores, name), Phase.DONE, credits_actual=credits)
    finish(stores, "silent")
    create_task(stores)
    (found,) = stores.paid_results.by_model(ALL)
    assert (found.compared, found.estimated, found.actual) == (2, 12.0, 11.0)
    assert (found.unreported, found.guessed, found.unpriced) == (1, 6.0, 0)


def test_a_cost_is_divided_among_results_and_their_collections(stores: Stores) -> None:
    two, gone = finish(stores, "two", n_media=2), finish(stores, "gone")
    boats = stores.collections.create("Boats", NOW).id
    lakes = stores.collections.create("Lakes", NOW).id
    stores.collections.add(boats, two.media_ids[:1])
    stores.collections.add(lakes, two.media_ids[:1])
    stores.trash.delete(gone.media_ids, NOW)
    stores.trash.empty()
    assert stores.paid_results.by_collection(ALL) == {
        boats: Sums(1, 3.0),
        lakes: Sums(1, 3.0),
        NO_COLLECTION: Sums(1, 3.0),
        DELETED: Sums(1, 6.0),
    }


def test_the_balance_is_compared_with_what_was_recorded_meanwhile(db: Database, stores: Stores) -> None:
    for seconds, credits in ((0, 100.0), (10, 100.0), (20, 90.0), (30, 80.0), (40, 180.0), (50, 180.0)):
        stores.balances.record("kie", credits, later(seconds))
    enter(
        db,
        {"credits": 10.0, "at": later(15)},
        {"credits": 7.0, "at": later(25), "kind": "reserved"},
        {"credits": 2.0, "at": later(35)},
        {"credits": 50.0, "at": later(25), "kind": "estimated"},
        {"credits": 50.0, "at": later(25), "provider": "sandbox"},
    )
    steps = stores.balance_drift.steps("kie", None, None)
    assert [(step.since, step.until) for step in steps] == [
        (NOW, later(20)),
        (later(20), later(30)),
        (later(30), later(40)),
        (later(40), later(50)),
    ]
    assert [(step.before, step.after, step.recorded) for step in steps] == [
        (100.0, 90.0, 10.0),
        (90.0, 80.0, 7.0),
        (80.0, 180.0, 2.0),
        (180.0, 180.0, 0.0),
    ]
    assert [step.net for step in steps] == [0.0, 3.0, -102.0, 0.0]
    assert [step.risen for step in steps] == [0.0, 0.0, 102.0, 0.0]
    assert stores.balance_drift.steps("kie", later(25), later(35)) == []


def test_what_is_reserved_for_a_task_counts_from_when_it_was_sent(stores: Stores) -> None:
    def read(seconds: float, credits: float) -> None:
        stores.balances.record("sandbox", credits, later(seconds), "k")

    read(0, 500.0)
    send(stores, "charged", now=later(1))  # 6 credits
    canceled = create_task(stores, now=later(2))
    sent_later = create_task(stores, now=later(3))
    read(10, 494.0)
    move(stores, canceled, Phase.FAILED, now=later(12), error_code=ErrorCode.CANCELLED)
    read(20, 604.0)  # topped up
    move(stores, sent_later, Phase.WAITING, now=later(21), provider_task_id="later", sent_at=later(21))
    create_task(stores, now=later(25))
    read(30, 598.0)
    steps = stores.balance_drift.steps("sandbox", None, None)
    assert [(step.recorded, step.net, step.risen) for step in steps] == [
        (6.0, 0.0, 0.0),
        (0.0, -110.0, 110.0),
        (6.0, 0.0, 0.0),
    ]


def test_balances_of_different_keys_are_not_compared(stores: Stores) -> None:
    readings = [(5000.0, "a"), (4990.0, "a"), (4990.0, "a"), (100.0, "b"), (90.0, "b"), (4990.0, "a"), (4980.0, "a")]
    for seconds, (credits, key_id) in enumerate(readings):
        stores.balances.record("kie", credits, later(seconds), key_id)
    steps = stores.balance_drift.steps("kie", None, None)
    assert [(step.before, step.after) for step in steps] == [
        (5000.0, 4990.0),
        (4990.0, 4990.0),
        (100.0, 90.0),
        (4990.0, 4980.0),
    ]
    assert sum(step.risen for step in steps) == 0.0


def test_the_marker_changes_with_entries_balances_and_results(stores: Stores) -> None:
    seen = [stores.ledger_sums.marker()]

    def is_new() -> bool:
        seen.append(stores.ledger_sums.marker())
        return seen[-1] not in seen[:-1]

    task = finish(stores, "a")
    assert is_new()
    stores.favorites.set(task.media_ids, True)
    assert is_new()
    stores.trash.delete(task.media_ids, NOW)
    assert is_new()
    stores.balances.record("kie", 1.0, NOW)
    assert is_new()
    boats = stores.collections.create("Boats", NOW).id
    stores.collections.add(boats, task.media_ids)
    assert is_new()
    assert not is_new()


def test_what_is_reserved_now_is_for_running_tasks_and_those_of_unknown_outcome(stores: Stores) -> None:
    assert stores.ledger_sums.reserved("sandbox") == Reserved()
    create_task(stores)
    send(stores, "p")
    finish(stores, "done")
    unknown = {"error_code": ErrorCode.OUTCOME_UNKNOWN, "may_have_cost": True, "due_at": None}
    task = move(stores, create_task(stores), Phase.FAILED, **unknown)
    assert stores.ledger_sums.reserved("sandbox") == Reserved(3, 18.0, 1, 6.0)
    move(stores, task, Phase.FAILED, dismissed_at=later(5))
    assert stores.ledger_sums.reserved("sandbox") == Reserved(2, 12.0)
