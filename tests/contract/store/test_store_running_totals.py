"""The running totals beside the ledger always agree with its entries, on both databases."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text

from kaimedia.domain import ErrorCode, Phase
from kaimedia.store.database import run_migrations
from kaimedia.store.database.connecting import open_engine, read_url
from kaimedia.store.database.database import Database
from kaimedia.store.ledger.quarters import quarter_of
from kaimedia.store.ledger_tables import LEDGER, LEDGER_SUMS
from kaimedia.store.stores import Stores
from tests.contract.store.factories import NOW, later, move, new_task

SPENT = ("settled", "refunded", "written_off")
ENTRY = {
    **{"provider": "kie", "model": "m", "modality": "image", "kind": "settled", "basis": "reported"},
    **{"credits": 1.0, "usd": None, "token_id": "", "at": NOW, "task_created_at": NOW},
}
Key = tuple[int, str, str, str, str]


def by_entries(db: Database) -> dict[Key, list[float]]:
    """The sums that the entries give, added up here: tasks, credits, dollars, reserved, dollars reserved."""
    found: dict[Key, list[float]] = defaultdict(lambda: [0.0] * 5)
    paid: dict[Key, set[str]] = defaultdict(set)
    with db.read() as session:
        rows = session.execute(select(LEDGER)).all()
    for row in rows:
        key = quarter_of(row.task_created_at), row.provider, row.model, row.modality, row.token_id
        if row.kind == "estimated":
            continue
        place = 1 if row.kind in SPENT else 3
        found[key][place] += row.credits
        found[key][place + 1] += row.usd or 0.0
        if row.kind in SPENT and row.credits:
            paid[key].add(row.task_id)
        found[key][0] = len(paid[key])
    return {key: [round(amount, 6) for amount in amounts] for key, amounts in found.items()}


def by_totals(db: Database) -> dict[Key, list[float]]:
    """The same as kept by the database."""
    found: dict[Key, list[float]] = defaultdict(lambda: [0.0] * 5)
    with db.read() as session:
        for row in session.execute(select(LEDGER_SUMS)):
            sums = found[row.quarter, row.provider, row.model, row.modality, row.token_id]
            for place, amount in enumerate((row.tasks, row.credits, row.usd, row.reserved, row.usd_reserved)):
                sums[place] += amount
    return {key: [round(amount, 6) + 0.0 for amount in amounts] for key, amounts in found.items()}


def live(stores: Stores, number: int) -> None:
    """Tasks that end in all ways, some several times."""
    dice = random.Random(3)
    ends = (
        {"phase": Phase.DONE, "credits_actual": 4.0},
        {"phase": Phase.DONE, "credits_actual": 0.0},
        {"phase": Phase.DONE},
        {"phase": Phase.FAILED, "error_code": ErrorCode.PROVIDER_FAILED, "credits_actual": 2.5},
        {"phase": Phase.FAILED, "error_code": ErrorCode.OUTCOME_UNKNOWN, "may_have_cost": True, "dismissed_at": NOW},
        {"phase": Phase.GENERATING, "dismissed_at": None},
    )
    for _ in range(number):
        new = replace(new_task(), token_id=dice.choice(("", "0123456789ab")), usd_per_credit=dice.choice((None, 0.005)))
        task = stores.task_creator.create(new, now=NOW + timedelta(minutes=dice.randrange(60)))
        for end in dice.choices(ends, k=dice.randrange(4)):
            values = dict(end)
            move(stores, task, values.pop("phase"), now=later(99), **values)


def test_they_agree_however_tasks_end(db: Database, stores: Stores) -> None:
    live(stores, 40)
    assert by_totals(db) == by_entries(db)
    assert len({key[0] for key in by_totals(db)}) > 2


def test_connections_add_at_once_without_waiting(db: Database, dialect: str) -> None:
    """On PostgreSQL; SQLite has one writer."""
    if dialect == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    with db.engine.begin() as first, db.engine.begin() as second:
        second.execute(text("SET LOCAL lock_timeout = '2s'"))
        first.execute(insert(LEDGER).values(ENTRY | {"task_id": "a"}))
        second.execute(insert(LEDGER).values(ENTRY | {"task_id": "b"}))
    assert by_totals(db) == by_entries(db)


def test_the_entries_of_earlier_versions_are_added_up(empty_url: str, open_database: Callable[[str], Database]) -> None:
    engine = open_engine(read_url(empty_url), migrating=True)
    rows = [
        ENTRY | {"task_id": "a", "kind": "estimated"},
        ENTRY | {"task_id": "a", "kind": "reserved", "usd": 0.005},
        ENTRY | {"task_id": "a", "kind": "reserved", "credits": -1.0, "usd": -0.005},
        ENTRY | {"task_id": "a", "usd": 0.005},
        ENTRY | {"task_id": "a", "kind": "refunded", "credits": -0.5},
        ENTRY | {"task_id": "b", "token_id": "0123456789ab", "task_created_at": later(900)},
        ENTRY | {"task_id": "c", "kind": "written_off", "provider": "other", "note_code": "expired"},
    ]
    db = open_database(empty_url)
    with engine.begin() as connection:
        run_migrations.upgrade(connection, "0020")
        for row in rows:
            connection.execute(insert(LEDGER).values(row))
    engine.dispose()
    db.upgrade()
    assert by_totals(db) == by_entries(db)
    assert sum(sums[1] for sums in by_totals(db).values()) == 2.5
    with db.write() as session:
        session.execute(insert(LEDGER).values(ENTRY | {"task_id": "a", "credits": 2.0}))
    assert by_totals(db) == by_entries(db)
