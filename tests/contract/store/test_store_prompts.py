"""Earlier prompts, on both databases."""

from __future__ import annotations

from sqlalchemy import text

from kaimedia.store.database.database import Database
from kaimedia.store.stores import Stores
from tests.contract.store.factories import create_task, later, many_queued


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
