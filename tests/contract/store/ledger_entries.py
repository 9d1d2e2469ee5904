"""Entries of the ledger made directly, for tests of their sums."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from kaimedia.domain.spending import SpendingRange
from kaimedia.store.database.database import Database
from kaimedia.store.ledger_tables import LEDGER
from tests.contract.store.factories import NOW

ALL = SpendingRange("sandbox")


def enter(db: Database, *rows: dict[str, Any]) -> None:
    """Add settled entries of 1 credit each; `rows` name what differs."""
    common = {
        "provider": "kie",
        "model": "m",
        "modality": "image",
        "kind": "settled",
        "basis": "reported",
        "credits": 1.0,
        "usd": None,
        "token_id": "",
        "at": NOW,
        "task_created_at": NOW,
    }
    with db.write() as session:
        session.execute(insert(LEDGER), [{**common, "task_id": f"t{n}", **row} for n, row in enumerate(rows)])


def midnights(first: date, days: int, zone: ZoneInfo) -> list[datetime]:
    return [datetime.combine(first + timedelta(days=n), time(), zone).astimezone(UTC) for n in range(days + 1)]
