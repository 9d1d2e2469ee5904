"""Earlier prompts and spending, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from kaimedia.domain import ErrorCode, Phase, ProviderKind
from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from kaimedia.store.tasks.spending import Spending
from tests.contract.store.factories import NOW, SANDBOX, create_task, finish, later, many_queued, move, send


def texts(stores: Stores, words: str = "", limit: int = 40) -> list[str]:
    return [used.text for used in stores.prompts.recent(query=words, limit=limit)]


def test_prompts_are_distinct_and_newest_first(stores: Stores) -> None:
    for number, prompt in enumerate(["a fox", "a boat", "a fox", "snow"]):
        create_task(stores, now=later(number), prompt=prompt)
    assert texts(stores) == ["snow", "a fox", "a boat"]
    assert texts(stores, limit=2) == ["snow", "a fox"]
    assert stores.prompts.recent()[1].used_at == later(2)


def test_every_word_must_match_ignoring_case_and_wildcards_are_literal(stores: Stores) -> None:
    for number, prompt in enumerate(["A red Fox at dawn", "a red boat", "100% wool_fox"]):
        create_task(stores, now=later(number), prompt=prompt)
    assert texts(stores, "fox RED") == ["A red Fox at dawn"]
    assert texts(stores, "%") == ["100% wool_fox"]
    assert texts(stores, "d_fox") == []
    assert texts(stores, "  ") == ["100% wool_fox", "a red boat", "A red Fox at dawn"]


def test_ten_thousand_tasks_are_not_read_for_the_last_few(db: Database, stores: Stores) -> None:
    many_queued(db, 300)
    with db.write() as session:
        session.execute(text("UPDATE media SET prompt = 'p' || id"))
    assert len(texts(stores)) == 40
    if db.file:
        plan = (
            "EXPLAIN QUERY PLAN SELECT media.prompt FROM tasks JOIN media ON media.id = tasks.media_id "
            "ORDER BY tasks.created_at DESC, tasks.id DESC"
        )
        with db.read() as session:
            steps = " | ".join(str(row.detail) for row in session.execute(text(plan)))
        assert "USING INDEX ix_tasks_created_at_id" in steps and "TEMP B-TREE" not in steps


@pytest.mark.parametrize("free", [True, False])
def test_failed_tasks_count_only_if_they_may_have_cost(stores: Stores, free: bool) -> None:
    task = send(stores, "p1")
    failed = {"error_code": ErrorCode.PROVIDER_FAILED, "may_have_cost": not free, "due_at": None}
    move(stores, task, Phase.FAILED, **failed)
    spent = stores.spending.since(NOW, SANDBOX)
    assert spent == (Spending() if free else Spending(1, 6.0, 0))


def test_the_providers_figure_wins_and_other_days_and_providers_are_left_out(stores: Stores) -> None:
    create_task(stores)  # not sent
    move(stores, create_task(stores), Phase.QUEUED, sent_at=later(30))  # attempted, without a response
    finish(stores, "first", now=later(10))
    task = send(stores, "second", now=later(20))
    move(stores, task, Phase.GENERATING, credits_actual=4.5)
    assert stores.spending.since(NOW, SANDBOX) == Spending(2, 10.5, 0)
    assert stores.spending.since(later(15), SANDBOX) == Spending(1, 4.5, 0)
    assert stores.spending.since(NOW, ProviderKind.KIE) == Spending()
