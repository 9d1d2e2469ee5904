"""Prepared statements return what SQLAlchemy returns, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import bindparam, select, text

from kaimedia.domain import Phase
from kaimedia.store.database.database import Database
from kaimedia.store.prepared import PreparedSelect, in_list, is_in_list
from kaimedia.store.stores import Stores
from kaimedia.store.tables import MEDIA, TASKS
from tests.contract.store.factories import create_task, later


@pytest.fixture
def task_ids(stores: Stores) -> list[str]:
    """Three tasks, one second apart."""
    return [create_task(stores, now=later(number)).task_id for number in range(3)]


def by_sqlalchemy(db: Database, statement: Any, **values: Any) -> list[dict[str, Any]]:
    with db.read() as session:
        return [dict(row) for row in session.execute(statement, values).mappings()]


def prepared(db: Database, statement: Any, *, has_many_rows: bool = False, **values: Any) -> list[dict[str, Any]]:
    with db.read_prepared() as reader:
        return [dict(row) for row in PreparedSelect(statement, has_many_rows=has_many_rows).rows(reader, **values)]


@pytest.mark.parametrize("table", [TASKS, MEDIA], ids=lambda table: table.name)
def test_every_column_has_its_type(db: Database, task_ids: list[str], table: Any) -> None:
    statement = select(table).order_by(table.c.id)
    found = prepared(db, statement)
    assert found == by_sqlalchemy(db, statement) and len(found) == len(task_ids)
    for name, value in by_sqlalchemy(db, statement)[0].items():
        assert type(found[0][name]) is type(value), name
    assert found[0]["created_at"] == later(0)


@pytest.mark.parametrize(
    "stored",
    [
        '{"seed": 123456789012345678901234567890}',
        '{"scale": 1.50, "text": "é\\ud83d\\ude00"}',
        '{"text": "\\ud800"}',
        "{}",
    ],
)
def test_json_is_read_exactly(db: Database, task_ids: list[str], dialect: str, stored: str) -> None:
    if dialect != "sqlite" and "ud800" in stored:
        pytest.skip("PostgreSQL takes no half of a pair")
    with db.write() as session:
        session.execute(text("UPDATE media SET params = :stored"), {"stored": stored})
    statement = select(MEDIA.c.params).order_by(MEDIA.c.id)
    assert prepared(db, statement, has_many_rows=True) == by_sqlalchemy(db, statement)


def test_many_rows_are_the_same_rows_in_the_same_order(db: Database, stores: Stores, task_ids: list[str]) -> None:
    odd = 'a "quoted" \\ line\nand 日本 🎨\x01'
    task_ids.append(create_task(stores, prompt=odd, now=later(3)).task_id)
    statement = select(MEDIA).where(MEDIA.c.created_at >= bindparam("since", type_=MEDIA.c.created_at.type))
    for order in (MEDIA.c.created_at.desc(), MEDIA.c.created_at.asc()):
        ordered = statement.order_by(order)
        found = prepared(db, ordered, has_many_rows=True, since=later(1))
        assert found == by_sqlalchemy(db, ordered, since=later(1)) and len(found) == 3
        assert odd in (found[0]["prompt"], found[-1]["prompt"])
        assert type(found[0]["is_favorite"]) is bool and type(found[0]["params"]) is dict
    assert prepared(db, statement, has_many_rows=True, since=later(9)) == []


def test_values_given_and_values_in_the_statement(db: Database, task_ids: list[str]) -> None:
    moment = bindparam("moment", type_=TASKS.c.created_at.type)
    statement = select(TASKS.c.task_id).where(TASKS.c.created_at > moment, TASKS.c.created_at < later(2))
    assert prepared(db, statement, moment=later(0)) == [{"task_id": task_ids[1]}]
    assert prepared(db, statement, moment=later(1)) == []
    phases = TASKS.c.phase.in_([Phase.QUEUED.value, Phase.DONE.value])
    listed = select(TASKS.c.task_id).where(phases).order_by(TASKS.c.id)
    assert [row["task_id"] for row in prepared(db, listed)] == task_ids


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_lists(db: Database, task_ids: list[str], count: int) -> None:
    statement = select(TASKS.c.task_id).where(is_in_list(TASKS.c.task_id, count)).order_by(TASKS.c.id)
    assert [row["task_id"] for row in prepared(db, statement, **in_list(task_ids[:count]))] == task_ids[:count]


@pytest.mark.parametrize("dialect", ["sqlite"])  # on PostgreSQL, each statement sees what has been committed
def test_all_statements_of_one_reader_see_one_state(db: Database, stores: Stores, dialect: str) -> None:
    statement = PreparedSelect(select(TASKS.c.id))
    with db.read_prepared() as reader:
        before = statement.rows(reader)
        create_task(stores)
        assert statement.rows(reader) == before == []
    with db.read_prepared() as reader:
        assert len(statement.rows(reader)) == 1
