"""How long the sums of the ledger take with many tasks: `python bench/ledger_sums.py [--tasks N] [--database URL]`.

All tasks are of one month, the worst case for a monthly limit. The yardstick is a count over the same table, taken with
the same number of runs; every figure is of the store's own method, without caches of the app.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, text

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kaimedia.domain import GenerationRequest, Modality
from kaimedia.domain.limits import LimitScope, SpendingLimit
from kaimedia.domain.spending import SpendingRange
from kaimedia.store.database.database import Database
from kaimedia.store.ledger_tables import BALANCES, LEDGER
from kaimedia.store.stores import Stores
from kaimedia.store.tables import COLLECTION_MEDIA, COLLECTIONS, MEDIA, TASKS
from kaimedia.store.tasks.creator import NewTask

RUNS = 5
DAYS = 30
START = datetime(2026, 11, 1, tzinfo=UTC)
NOW = START + timedelta(days=DAYS) - timedelta(seconds=1)
PROVIDER, RATE = "kie", 0.005
MODELS = ("gpt4o-image", "nano-banana-pro", "veo3_fast", "veo3", "runway")
TOKENS = ("", "", "", "0123456789ab", "ba9876543210")
GROUP = 5000


def fill(database: Database, tasks: int, *, chance: int = 7) -> None:
    """Write finished tasks with one result and four entries each, balances, and ten collections."""
    dice = random.Random(chance)
    step = timedelta(days=DAYS) / tasks
    with database.write() as session:
        session.execute(
            insert(COLLECTIONS),
            [{"name": f"Collection {n}", "folded": f"collection {n}", "created_at": START} for n in range(10)],
        )
        collections = list(session.execute(select(COLLECTIONS.c.id)).scalars())
        for first in range(0, tasks, GROUP):
            made = [_Task(n, START + step * n, dice) for n in range(first, min(first + GROUP, tasks))]
            session.execute(insert(MEDIA), [task.media() for task in made])
            session.execute(insert(TASKS), [task.row() for task in made])
            session.execute(insert(LEDGER), [entry for task in made for entry in task.entries()])
            chosen = [task.number + 1 for task in made if task.number % 3 == 0]
            places = [{"collection_id": dice.choice(collections), "media_id": media_id} for media_id in chosen]
            session.execute(insert(COLLECTION_MEDIA), places)
        readings = [
            {"provider": PROVIDER, "credits": 9e6 - 600.0 * n, "at": START + step * 100 * n}
            for n in range(tasks // 100)
        ]
        session.execute(insert(BALANCES), readings)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if database.dialect == "postgresql" else "PRAGMA optimize"))


class _Task:
    """One finished task."""

    def __init__(self, number: int, at: datetime, dice: random.Random) -> None:
        self.number = number
        self.task_id = f"{dice.getrandbits(128):032x}"
        self.at = at
        self.model = dice.choice(MODELS)
        self.modality = "image" if self.model in MODELS[:2] else "video"
        self.token_id = dice.choice(TOKENS)
        self.price = float(dice.choice((4, 6, 12, 60)))

    def media(self) -> dict[str, Any]:
        return {
            **{"id": self.number + 1, "task_id": self.task_id, "media_type": self.modality, "prompt": "a paper boat"},
            **{"model": self.model, "status": "completed", "created_at": self.at, "filename": f"{self.task_id}.png"},
            "is_favorite": self.number % 25 == 0,
        }

    def row(self) -> dict[str, Any]:
        return {
            **{"media_id": self.number + 1, "task_id": self.task_id, "status": "completed", "phase": "done"},
            **{"created_at": self.at, "updated_at": self.at, "sent_at": self.at + timedelta(seconds=1)},
            **{"modality": self.modality, "model": self.model, "provider": PROVIDER, "due_at": None},
            **{"credits_estimated": self.price, "credits_actual": self.price, "request": {"prompt": "a paper boat"}},
        }

    def entries(self) -> Iterator[dict[str, Any]]:
        done_at = self.at + timedelta(seconds=40)
        for kind, basis, credits, at in (
            ("estimated", "estimate", self.price, self.at),
            ("reserved", "estimate", self.price, self.at),
            ("reserved", "estimate", -self.price, done_at),
            ("settled", "reported", self.price, done_at),
        ):
            yield {
                **{"task_id": self.task_id, "provider": PROVIDER, "model": self.model, "modality": self.modality},
                **{"kind": kind, "basis": basis, "credits": credits, "usd": credits * RATE, "usd_per_credit": RATE},
                **{"at": at, "task_created_at": self.at, "token_id": self.token_id, "note_code": None},
            }


def measured(database: Database) -> Iterator[tuple[str, Callable[[], object]]]:
    """Each query by what it is for; the first is the yardstick."""
    stores = Stores(database)
    where = SpendingRange(PROVIDER, START, START + timedelta(days=DAYS))
    starts = [START + timedelta(days=n) for n in range(DAYS + 1)]
    midnight = START + timedelta(days=DAYS - 1)

    def count() -> int:
        with database.read() as session:
            return session.execute(select(func.count()).select_from(LEDGER)).scalar_one()

    def create() -> None:
        request = GenerationRequest(model="gpt4o-image", prompt="a lighthouse", aspect_ratio="3:2", variants=1)
        new = NewTask(request, Modality.IMAGE, PROVIDER, 1, 6.0, usd_per_credit=RATE)
        stores.task_creator.create(new, now=NOW)

    yield "`count(*)` of the entries (yardstick)", count
    yield "use of all limits (price line, Settings)", lambda: stores.limits.uses(PROVIDER, NOW)
    yield "create a task under limits", create
    yield "spent today (price line)", lambda: stores.spending.since(midnight, PROVIDER)
    yield "reserved at a provider", lambda: stores.ledger_sums.reserved(PROVIDER)
    yield "providers", stores.ledger_sums.providers
    yield "first day of a provider without tasks", lambda: stores.ledger_sums.first_at("none")
    yield "marker of all sums", stores.ledger_sums.marker
    yield "sums by day, model, kind and token", lambda: stores.ledger_sums.cells(where, starts)
    yield "sums together", lambda: stores.ledger_sums.cells(where)
    yield "paid without a result", lambda: stores.ledger_sums.lost(where)
    yield "results by model", lambda: stores.paid_results.by_model(where)
    yield "sums by collection", lambda: stores.paid_results.by_collection(where)
    yield "balance against the ledger", lambda: stores.balance_drift.steps(PROVIDER, where.since, where.until)


def main() -> None:
    """Fill a database and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--database", help="an empty database; default: a temporary SQLite file")
    parser.add_argument("--filled", action="store_true", help="the database was filled by an earlier run")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(args.database or f"sqlite:///{folder}/bench.db")
        database.upgrade()
        if not args.filled:
            fill(database, args.tasks)
        scopes = (LimitScope.TASK, LimitScope.DAY, LimitScope.MONTH)
        limits = [SpendingLimit(scope, credits=1e9, token_id=token) for scope in scopes for token in ("", TOKENS[-1])]
        Stores(database).limits.replace(limits, NOW)
        print(f"| {args.tasks:,} tasks, {database.dialect} | first, ms | median of {RUNS}, ms |\n|---|---|---|")
        for name, query in measured(database):
            times = [_timed_ms(query) for _ in range(RUNS)]
            print(f"| {name} | {times[0]:,.0f} | {statistics.median(times):,.1f} |", flush=True)
        database.close()


def _timed_ms(query: Callable[[], object]) -> float:
    started = time.perf_counter()
    query()
    return 1000 * (time.perf_counter() - started)


if __name__ == "__main__":
    main()
