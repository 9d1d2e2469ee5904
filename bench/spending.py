"""How long the sums of the Spending page take over a large ledger, on SQLite: `python bench/spending.py`.

*First*: nothing of it is remembered. *Again*: nothing has changed since, as when only the division is changed.
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
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import insert

from kaimedia.config import load
from kaimedia.context import AppContext, open_context
from kaimedia.domain.spending import SpendingBy
from kaimedia.store.database.database import Database
from kaimedia.store.ledger_tables import BALANCES, LEDGER
from kaimedia.store.tables import MEDIA
from kaimedia.studio.spending import SpendingPeriod, SpendingService

ROUNDS = 5
ENTRIES_OF_TASK = 4
YEAR = timedelta(days=365)
MODELS = (("gpt4o-image", "image", 6.0), ("nano-banana-pro", "image", 18.0), ("veo3_fast", "video", 60.0))
ZONE = ZoneInfo("Europe/Berlin")


def rows(tasks: int) -> Iterator[tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]]]:
    """The entries, the result and the balance of each task, evenly over a year."""
    chance, now, balance = random.Random(1), datetime.now(UTC), 10_000_000.0
    for number in range(tasks):
        at, (model, kind, price) = now - YEAR * (1 - number / tasks), chance.choice(MODELS)
        balance -= price
        task = {
            "task_id": f"{number:032x}",
            "provider": "kie",
            "model": model,
            "modality": kind,
            "token_id": chance.choice(("", "0123456789ab")),
            "task_created_at": at,
            "at": at,
        }
        amounts = (("estimated", price), ("reserved", price), ("reserved", -price), ("settled", price))
        basis = chance.choice(("reported", "estimate"))
        entries = [
            {**task, "kind": each, "credits": credits, "usd": credits * 0.005, "basis": basis}
            for each, credits in amounts
        ]
        result = {"media_type": kind, "prompt": "", "model": model, "task_id": task["task_id"], "status": "completed"}
        yield entries, {**result, "created_at": at}, {"provider": "kie", "credits": balance, "at": at}


def fill(database: Database, tasks: int) -> None:
    """Write them; the balance is read with every tenth task."""
    made = list(rows(tasks))
    with database.write() as session:
        session.execute(insert(LEDGER), [entry for entries, _, _ in made for entry in entries])
        session.execute(insert(MEDIA), [result for _, result, _ in made])
        session.execute(insert(BALANCES), [balance for _, _, balance in made[::10]])


def reads(spending: SpendingService, period: SpendingPeriod) -> dict[str, Callable[[], object]]:
    """What the page reads, in order."""
    return {
        "days, models, kinds, tokens": lambda: spending.overview(period),
        "days before": lambda: spending.total(period.before),
        "results and list prices": lambda: spending.results(period),
        "without a result": lambda: spending.lost(period),
        "reserved": lambda: spending.reserved_now(period.provider),
        "balance": lambda: spending.balance_check(period),
        "collections (if chosen)": lambda: spending.lines(spending.overview(period), SpendingBy.COLLECTION),
    }


def measure(open_app: Callable[[], AppContext], days: int) -> dict[str, tuple[float, float]]:
    """The medians of each read in ms, first and again."""
    seen: dict[str, list[tuple[float, float]]] = {}
    for _ in range(ROUNDS):
        context = open_app()
        today = datetime.now(ZONE).date()
        period = SpendingPeriod("kie", today - timedelta(days=days - 1), today, ZONE)
        for name, read in reads(context.studio.spending, period).items():
            both = []
            for _ in range(2):
                began = time.perf_counter()
                read()
                both.append((time.perf_counter() - began) * 1000)
            seen.setdefault(name, []).append((both[0], both[1]))
        context.close()
    return {
        name: (statistics.median(each[0] for each in found), statistics.median(each[1] for each in found))
        for name, found in seen.items()
    }


def main() -> None:
    """Print a table: first · again, in ms, for 30 days and a year."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    tasks = parser.parse_args().entries // ENTRIES_OF_TASK
    with tempfile.TemporaryDirectory() as folder:

        def open_app() -> AppContext:
            return open_context(load(Path(folder), {}), run_engine=False)

        context = open_app()
        fill(context.database, tasks)
        context.close()
        found = {days: measure(open_app, days) for days in (30, 365)}
    print(f"{tasks * ENTRIES_OF_TASK:,} entries of {tasks:,} tasks in a year; ms, first · again\n")
    print("| | 30 days | 365 days |\n|---|---|---|")
    for name in found[30]:
        print(f"| {name} | {' | '.join('{:,.0f} · {:,.0f}'.format(*found[days][name]) for days in found)} |")
    sums = {days: [sum(times) for times in zip(*list(each.values())[:-1], strict=True)] for days, each in found.items()}
    print(f"| the page | {' | '.join(f'{first:,.0f} · {again:,.0f}' for first, again in sums.values())} |")


if __name__ == "__main__":
    main()
