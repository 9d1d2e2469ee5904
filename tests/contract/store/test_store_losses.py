"""What was paid without a result, by reason."""

from __future__ import annotations

from typing import Any

from kaimedia.domain import ErrorCode, Phase, Task
from kaimedia.domain.spending import LostLine, LostReason, Sums
from kaimedia.store.stores import Stores
from tests.contract.store.factories import NOW, finish, later, move, saved, send
from tests.contract.store.ledger_entries import ALL


def test_what_was_paid_without_a_result_is_listed_by_reason(stores: Stores) -> None:
    def fail(name: str, code: ErrorCode, **fields: Any) -> None:
        move(stores, send(stores, name), Phase.FAILED, error_code=code, **{"due_at": None, **fields})

    fail("charged", ErrorCode.PROVIDER_FAILED, credits_actual=6.0)
    fail("free", ErrorCode.PROVIDER_FAILED)
    for name in ("a", "b"):
        fail(name, ErrorCode.CANCELLED, may_have_cost=True)
    fail("unknown", ErrorCode.OUTCOME_UNKNOWN, may_have_cost=True, dismissed_at=later(5))
    fail("open", ErrorCode.OUTCOME_UNKNOWN, may_have_cost=True)
    finish(stores, "good")
    found = {line.reason: line for line in stores.ledger_sums.lost(ALL)}
    assert found == {
        LostReason.FAILED: LostLine(LostReason.FAILED, 1, 6.0, 0.0),
        LostReason.ABANDONED: LostLine(LostReason.ABANDONED, 2, 12.0, 0.0),
        LostReason.OUTCOME_UNKNOWN: LostLine(LostReason.OUTCOME_UNKNOWN, 1, 6.0, 0.0),
    }
    (cell,) = stores.ledger_sums.cells(ALL)
    assert cell.sums == Sums(5, 30.0, lost=24.0, reserved=6.0)


def test_what_was_lost_and_found_again_is_not_lost(stores: Stores) -> None:
    task = move(
        stores, send(stores, "p"), Phase.FAILED, error_code=ErrorCode.CANCELLED, may_have_cost=True, due_at=None
    )
    assert len(stores.ledger_sums.lost(ALL)) == 1
    move(stores, task, Phase.DONE, credits_actual=6.0)
    assert stores.ledger_sums.lost(ALL) == []


def lost(stores: Stores) -> dict[LostReason, float]:
    """What was lost, by reason; the sums must say the same."""
    lines = stores.ledger_sums.lost(ALL)
    assert sum(cell.sums.lost for cell in stores.ledger_sums.cells(ALL)) == sum(line.credits for line in lines)
    return {line.reason: line.credits for line in lines}


def fail(stores: Stores, task: Task, code: ErrorCode, **fields: Any) -> Task:
    return move(stores, task, Phase.FAILED, error_code=code, **{"due_at": None, **fields})


def test_a_paid_result_that_was_never_saved_is_lost_until_it_is_found(stores: Stores) -> None:
    task = move(stores, send(stores, "p"), Phase.SAVING, credits_actual=6.0)
    fail(stores, task, ErrorCode.NOT_SAVED, may_have_cost=True, due_at=later(60))
    assert lost(stores) == {}, "it is still fetched"
    fail(stores, task, ErrorCode.NOT_SAVED, may_have_cost=True)
    assert lost(stores) == {LostReason.NOT_SAVED: 6.0}
    count = len(stores.ledger.of_task(task.task_id))
    fail(stores, task, ErrorCode.NOT_SAVED, may_have_cost=True)
    assert len(stores.ledger.of_task(task.task_id)) == count, "nothing is added twice"
    move(stores, task, Phase.SAVING)
    assert lost(stores) == {}
    fail(stores, task, ErrorCode.CANCELLED, may_have_cost=True)
    assert lost(stores) == {LostReason.ABANDONED: 6.0}
    (cell,) = stores.ledger_sums.cells(ALL)
    assert cell.sums == Sums(1, 6.0, lost=6.0)


def test_a_task_with_a_saved_result_is_not_lost(stores: Stores) -> None:
    task = move(stores, send(stores, "p", n_media=2), Phase.SAVING, credits_actual=6.0)
    stores.task_results.save(task.task_id, 0, saved(), NOW)
    fail(stores, task, ErrorCode.NOT_SAVED, may_have_cost=True)
    assert lost(stores) == {}


def test_what_is_given_back_is_not_lost_and_lost_is_never_negative(stores: Stores) -> None:
    task = move(stores, send(stores, "p"), Phase.DONE, credits_actual=6.0)
    fail(stores, task, ErrorCode.PROVIDER_FAILED, credits_actual=2.0)
    assert lost(stores) == {LostReason.FAILED: 2.0}
    fail(stores, task, ErrorCode.PROVIDER_FAILED, credits_actual=0.0)
    assert lost(stores) == {}
    fail(stores, task, ErrorCode.PROVIDER_FAILED, credits_actual=5.0)
    assert lost(stores) == {LostReason.FAILED: 5.0}
    move(stores, task, Phase.DONE, credits_actual=6.0)
    assert lost(stores) == {}
    assert stores.ledger.totals().spent == 6.0


def test_the_reason_is_the_last_one(stores: Stores) -> None:
    task = fail(stores, send(stores, "p"), ErrorCode.EXPIRED, may_have_cost=True)
    assert lost(stores) == {LostReason.EXPIRED: 6.0}
    move(stores, task, Phase.WAITING)
    fail(stores, task, ErrorCode.CANCELLED, may_have_cost=True)
    assert lost(stores) == {LostReason.ABANDONED: 6.0}


def test_an_unknown_outcome_that_is_deleted_is_lost_as_deleted(stores: Stores) -> None:
    task = fail(stores, send(stores, "p"), ErrorCode.OUTCOME_UNKNOWN, may_have_cost=True)
    dismissed = fail(stores, send(stores, "q"), ErrorCode.OUTCOME_UNKNOWN, may_have_cost=True, dismissed_at=NOW)
    stores.trash.delete([*task.media_ids, *dismissed.media_ids], NOW)
    stores.trash.empty()
    assert lost(stores) == {LostReason.DELETED: 6.0, LostReason.OUTCOME_UNKNOWN: 6.0}
