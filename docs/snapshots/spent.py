"""Sample data of the ledger: three months of tasks at a provider, with what went wrong, and the balance meanwhile."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from docs.snapshots.works import NOW

DAYS = 90
USD_PER_CREDIT = 0.005
MODELS = (  # model, kind, list price, share of the tasks
    ("gpt4o-image", "image", 6.0, 35),
    ("nano-banana-pro", "image", 18.0, 20),
    ("z-image", "image", 0.8, 20),
    ("seedream-4.5", "image", 6.5, 7),
    ("veo3_fast", "video", 60.0, 12),
    ("kling-3.0", "video", 105.0, 6),
)
TOKEN = "3f9a1c04e7bd"
TOP_UP, LOW = 5000.0, 500.0


@dataclass
class Spent:
    """The rows; the same numbers in every run, up to now."""

    ledger: list[dict[str, Any]] = field(default_factory=list)
    media: list[dict[str, Any]] = field(default_factory=list)
    balances: list[dict[str, Any]] = field(default_factory=list)


def spent() -> Spent:
    """Three months of use."""
    chance, made, balance = random.Random(4), Spent(), 6000.0
    for number, at in enumerate(_times(chance)):
        model, kind, price, _ = chance.choices(MODELS, [each[-1] for each in MODELS])[0]
        task = {
            "task_id": f"{number:032x}",
            "provider": "kie",
            "model": model,
            "modality": kind,
            "usd_per_credit": USD_PER_CREDIT,
            "task_created_at": at,
            "token_id": TOKEN if chance.random() < 0.2 else "",
        }
        charged, is_saved = _enter(made, task, price, chance)
        balance -= charged + (7.0 if number % 97 == 50 else 0.0)  # another program with the same key
        balance += TOP_UP if balance < LOW else 0.0
        if number % 4 == 0:
            made.balances.append({"provider": "kie", "credits": round(balance, 2), "at": at + timedelta(minutes=2)})
        if is_saved:
            made.media += _results(task, chance)
    return made


def _times(chance: random.Random) -> Iterator[datetime]:
    midnight = NOW.replace(hour=0, minute=0, second=0)
    for day in range(DAYS, -1, -1):
        start = midnight - timedelta(days=day)
        count = max(0, int(chance.gauss(9 if start.weekday() < 5 else 3, 4)))
        for minute in sorted(chance.randrange(8 * 60, 22 * 60) for _ in range(count)):
            if (at := start + timedelta(minutes=minute)) < NOW - timedelta(minutes=10):
                yield at


def _enter(made: Spent, task: dict[str, Any], price: float, chance: random.Random) -> tuple[float, bool]:
    """Add the entries of one task; returns what it was charged, and whether it has results."""

    def add(kind: str, credits: float, basis: str = "estimate", note: str | None = None, after_s: int = 60) -> None:
        at = task["task_created_at"] + timedelta(seconds=after_s)
        entry = {"kind": kind, "basis": basis, "credits": credits, "usd": credits * USD_PER_CREDIT, "at": at}
        made.ledger.append({**task, **entry, "note_code": note})

    fate = chance.random()
    add("estimated", price, after_s=0)
    add("reserved", price, after_s=0)
    add("reserved", -price)
    if fate < 0.92:
        charged = round(price * chance.choice((1.0, 1.0, 1.0, 1.0, 1.1, 0.95)), 2)
        add("settled", charged, chance.choice(("reported", "reported", "estimate")))
        return charged, True
    if fate < 0.94:
        add("written_off", price, note="outcome_unknown")
    elif fate < 0.95:
        add("settled", price, "reported", "failed")
    elif fate < 0.96:
        add("written_off", price, note="abandoned")
    else:
        return 0.0, False
    return price, False


def _results(task: dict[str, Any], chance: random.Random) -> Iterator[dict[str, Any]]:
    count = chance.choice((1, 1, 2, 4)) if task["modality"] == "image" else 1
    for variant in range(count):
        yield {
            "media_type": task["modality"],
            "prompt": "a sample",
            "model": task["model"],
            "task_id": task["task_id"],
            "status": "completed",
            "created_at": task["task_created_at"],
            "variant": variant,
            "is_favorite": chance.random() < 0.15,
            "deleted_at": NOW if chance.random() < 0.3 else None,
        }
