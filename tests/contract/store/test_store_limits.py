"""Spending limits are checked where tasks are created, on both databases and across processes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import insert, select

from kaimedia.domain import BatchKind, ErrorCode, Phase, ProviderName, Task
from kaimedia.domain.limits import LimitScope, SpendingLimit
from kaimedia.errors import LimitReached
from kaimedia.store.database.database import Database
from kaimedia.store.ledger_tables import LIMITS
from kaimedia.store.stores import Stores
from kaimedia.store.tasks.creator import NewTask
from kaimedia.studio.limits import LimitService
from tests.contract.store.factories import NOW, move, new_task
from tests.contract.store.test_store_claims import processes

TASK, DAY, MONTH = LimitScope
KIE = ProviderName.KIE
TOKEN = "0123456789ab"


def charged(**changes: Any) -> NewTask:
    """A task of 6 credits at a provider that charges."""
    return replace(new_task(provider=KIE), **{"usd_per_credit": 0.005, **changes})


def create(stores: Stores, *, now: datetime = NOW, **changes: Any) -> Task:
    """Create such a task."""
    return stores.task_creator.create(charged(**changes), now=now)


def limit(stores: Stores, *limits: SpendingLimit) -> None:
    """Make these the only limits."""
    stores.limits.replace(limits, NOW)


def used(stores: Stores, *, now: datetime = NOW) -> list[float]:
    """How much of each limit is used."""
    return [use.used for use in stores.limits.uses(KIE, now)]


@pytest.mark.parametrize("processes_at_once", [2, pytest.param(4, marks=pytest.mark.exhaustive)])
def test_a_hundred_parallel_submits_at_a_limit_of_ten(url: str, db: Database, processes_at_once: int) -> None:
    stores = Stores(db)
    limit(stores, SpendingLimit(DAY, credits=60.0))
    db.close()
    printed = processes("submitter", *[[url, str(100 // processes_at_once), "1"]] * processes_at_once)
    assert sum(map(int, printed)) == 10
    totals = stores.ledger.totals()
    assert used(stores) == [60.0] == [totals.spent + totals.reserved]
    assert stores.task_reader.counts()[Phase.QUEUED] == 10


def test_each_scope_says_what_is_left_and_when_it_resets(stores: Stores) -> None:
    limit(stores, SpendingLimit(DAY, credits=10.0), SpendingLimit(MONTH, usd=0.05))
    create(stores)
    with pytest.raises(LimitReached) as found:
        create(stores)
    assert found.value.message == "The daily limit is 10 credits, 4 credits of it left; this may cost 6 credits."
    assert "resets on 2026-11-23 at 00:00 UTC" in found.value.next_step and "Settings" in found.value.next_step
    tomorrow = NOW + timedelta(days=1)
    with pytest.raises(LimitReached, match=r"monthly limit is \$0\.05, \$0\.02 of it left; this may cost \$0\.03"):
        create(stores, now=tomorrow)
    create(stores, now=datetime(2026, 12, 1, tzinfo=UTC))
    limit(stores, SpendingLimit(TASK, credits=5.0))
    with pytest.raises(LimitReached, match="limit for one task is 5 credits; this may cost 6 credits"):
        create(stores)


def test_what_is_released_or_refunded_may_be_spent_again(stores: Stores) -> None:
    limit(stores, SpendingLimit(DAY, credits=6.0))
    failed = {"error_code": ErrorCode.REJECTED, "due_at": None}
    move(stores, create(stores), Phase.FAILED, **failed)
    task = create(stores)
    move(stores, task, Phase.DONE, credits_actual=6.0)
    with pytest.raises(LimitReached):
        create(stores)
    move(stores, task, Phase.DONE, credits_actual=0.0)
    create(stores)


def test_a_release_the_next_day_leaves_no_more_than_the_limit(stores: Stores) -> None:
    limit(stores, SpendingLimit(DAY, credits=6.0))
    task, tomorrow = create(stores), NOW + timedelta(days=1)
    move(stores, task, Phase.FAILED, now=tomorrow, error_code=ErrorCode.REJECTED, due_at=None)
    create(stores, now=tomorrow)
    with pytest.raises(LimitReached):
        create(stores, now=tomorrow)


def test_a_batch_is_reserved_as_a_whole_or_not_at_all(stores: Stores) -> None:
    limit(stores, SpendingLimit(DAY, credits=12.0), SpendingLimit(TASK, credits=6.0))
    with pytest.raises(LimitReached, match="these 3 tasks may cost 18 credits"):
        stores.batches.create(BatchKind.PROMPTS, "b", [charged()] * 3, NOW)
    assert stores.batches.newest() == [] and stores.ledger.newest() == []
    stores.batches.create(BatchKind.PROMPTS, "b", [charged()] * 2, NOW)


def test_a_limit_of_a_token_is_only_for_its_tasks(stores: Stores) -> None:
    limit(stores, SpendingLimit(DAY, credits=6.0, token_id=TOKEN))
    create(stores)
    create(stores, token_id=TOKEN)
    with pytest.raises(LimitReached, match="daily limit of this API token"):
        create(stores, token_id=TOKEN)
    create(stores, token_id="ba9876543210")
    assert used(stores) == [6.0]


def test_an_unknown_price_is_refused_only_under_a_limit(stores: Stores) -> None:
    create(stores, credits_estimated=None)
    limit(stores, SpendingLimit(MONTH, credits=1000.0))
    with pytest.raises(LimitReached, match="price is not known"):
        create(stores, credits_estimated=None)
    limit(stores, SpendingLimit(MONTH, usd=1000.0))
    with pytest.raises(LimitReached, match="price is not known"):
        create(stores, usd_per_credit=None)


def test_a_price_without_a_known_end_is_refused_under_a_limit(stores: Stores) -> None:
    create(stores, is_price_open=True)
    assert stores.ledger.totals().reserved == 6.0, "the least it costs is reserved"
    limit(stores, SpendingLimit(TASK, credits=700.0))
    with pytest.raises(LimitReached, match=r"at least 6 credits; how much more is not known, .* task of 700 credits"):
        create(stores, is_price_open=True)
    limit(stores, SpendingLimit(DAY, usd=700.0))
    with pytest.raises(LimitReached, match=r"at least \$0\.03; how much more is not known"):
        create(stores, is_price_open=True)


@pytest.mark.parametrize("scope", LimitScope)
def test_a_batch_says_of_how_many_tasks_the_price_is_not_known(stores: Stores, scope: LimitScope) -> None:
    limit(stores, SpendingLimit(scope, credits=1000.0))
    tasks = [charged(), charged(credits_estimated=None), charged(is_price_open=True)]
    with pytest.raises(LimitReached, match="What 2 of these 3 tasks cost at most is not known"):
        stores.batches.create(BatchKind.PROMPTS, "b", tasks, NOW)
    assert stores.ledger.newest() == []


def test_amounts_below_a_cent_are_told_apart(stores: Stores) -> None:
    limit(stores, SpendingLimit(TASK, usd=0.002))
    with pytest.raises(LimitReached, match=r"is \$0\.002; this may cost \$0\.004\."):
        create(stores, credits_estimated=0.8)


def test_waiting_is_not_advised_where_it_cannot_help(stores: Stores) -> None:
    limit(stores, SpendingLimit(DAY, credits=5.0))
    with pytest.raises(LimitReached, match="this may cost 6 credits, more than the whole limit") as found:
        create(stores)
    assert "resets" not in found.value.next_step and "cheaper" in found.value.next_step
    with pytest.raises(LimitReached) as found:
        stores.batches.create(BatchKind.PROMPTS, "b", [charged()] * 2, NOW)
    assert "fewer tasks" in found.value.next_step


def test_what_is_free_is_never_refused_and_never_counts(stores: Stores) -> None:
    limit(stores, SpendingLimit(DAY, credits=6.0), SpendingLimit(MONTH, usd=0.03))
    for _ in range(3):
        stores.task_creator.create(replace(new_task(), usd_per_credit=0.0), now=NOW)
    create(stores)
    assert used(stores) == [6.0, 0.03]


def test_a_repeated_request_returns_its_task_although_the_limit_is_used_up(stores: Stores) -> None:
    limit(stores, SpendingLimit(DAY, credits=6.0))
    first = stores.task_creator.create(charged(), now=NOW, idempotency=("key", "body"))
    assert stores.task_creator.create(charged(), now=NOW, idempotency=("key", "body")) == first
    with pytest.raises(LimitReached):
        stores.task_creator.create(charged(), now=NOW, idempotency=("another", "body"))
    limit(stores)
    again = stores.task_creator.create(charged(), now=NOW, idempotency=("another", "body"))
    assert again.task_id != first.task_id, "the refused request did not use up its key"


def test_limits_saved_at_the_same_time_all_stay(
    url: str, stores: Stores, open_database: Callable[..., Database]
) -> None:
    writers = [LimitService(Stores(open_database(url)).limits, lambda _: None) for _ in range(2)]
    for _ in range(20):
        limit(stores)
        with ThreadPoolExecutor(6) as pool:
            saving = [
                pool.submit(writers[number % 2].save_one, SpendingLimit(scope, credits=9.0, token_id=token_id))
                for number, (token_id, scope) in enumerate(product(("", TOKEN), LimitScope))
            ]
            saving.append(pool.submit(writers[0].lift, MONTH, "ba9876543210"))
            for each in saving:
                each.result()
        assert len(stores.limits.all()) == 6


def test_replacing_limits_at_the_same_time_leaves_those_of_one(
    url: str, stores: Stores, open_database: Callable[..., Database]
) -> None:
    writers = [Stores(open_database(url)).limits for _ in range(2)]
    for _ in range(20):
        with ThreadPoolExecutor(2) as pool:
            sets = [[SpendingLimit(scope, credits=amount) for scope in LimitScope] for amount in (1.0, 2.0)]
            saving = [pool.submit(writer.replace, each, NOW) for writer, each in zip(writers, sets, strict=True)]
            for each in saving:
                each.result()
        assert stores.limits.all() in sets


def test_a_limit_of_a_newer_version_is_kept(db: Database, stores: Stores) -> None:
    newer = {"scope": "year", "token_id": "", "credits": 1.0, "changed_at": NOW}
    with db.write() as session:
        session.execute(insert(LIMITS).values(newer))
    limit(stores, SpendingLimit(DAY, credits=6.0))
    assert stores.limits.change([SpendingLimit(TASK, usd=1.0)], NOW, lifting=[(DAY, ""), (MONTH, "")]) == 1
    assert stores.limits.all() == [SpendingLimit(TASK, usd=1.0)]
    with db.read() as session:
        assert set(session.execute(select(LIMITS.c.scope)).scalars()) == {"task", "year"}


def test_limits_are_stored_as_given(stores: Stores) -> None:
    wanted = [
        SpendingLimit(TASK, usd=2.5),
        SpendingLimit(DAY, credits=0.5),
        SpendingLimit(MONTH, credits=3.0, token_id=TOKEN),
    ]
    limit(stores, *reversed(wanted))
    assert stores.limits.all() == wanted
    limit(stores)
    assert stores.limits.all() == []
