"""The jobs of tasks in the queue that workers share."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text, update
from sqlmodel import Session

from kaimedia.domain import Pace, Phase
from kaimedia.store.database.database import Database
from kaimedia.store.job_queue import statements
from kaimedia.store.job_queue.schema import is_set_up
from kaimedia.store.tables import PACE
from kaimedia.store.tasks.pace import bucket

GAPS_S = 5.0  # by how much later than needed a turn may be, because turns before it were not used
LONGEST_WAIT_S = 30.0  # of the job of a due task, unless it waits for its turn; after an error, it waits 15 s at most


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """How many jobs wait, are due and run; `lag_s` is for how long the longest due one waits, seconds."""

    waiting: int
    due: int
    running: int
    lag_s: float


class QueuedJobs:
    """One job per waiting task, made by triggers on `tasks`; this class only moves them and repairs.

    Every method may raise `StoreUnavailable`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def postpone(self, task_id: str, phase: Phase, delay_s: float, *, has_turn: bool = False) -> None:
        """Run the task's job in `delay_s` seconds, or earlier if that was planned, but not before its row is due.

        With `has_turn`, it need not wait again. The row's `due_at` stays: the task only waits for its turn.
        """
        args = json.dumps({"has_turn": True} if has_turn else {})
        values = {"task_id": task_id, "phase": phase.value, "delay_s": delay_s, "args": args}
        with self._database.write() as session:
            session.execute(text(statements.POSTPONE), values)

    def add_missing(self) -> int:
        """Give every waiting task that has no job one; returns how many.

        Those of dead workers, once their leases have ended, and those of before the queue was set up.
        """
        with self._database.write() as session:
            return int(session.execute(text(statements.ADD_MISSING)).rowcount)  # type: ignore[attr-defined]

    def pull_forward(self) -> int:
        """Run jobs now that are planned for much later than their rows are due; returns how many.

        A worker with a wrong clock may have planned them. Those that wait for their turn are left alone.
        """
        with self._database.write() as session:
            moved = session.execute(text(statements.PULL_FORWARD), {"longest_wait_s": LONGEST_WAIT_S})
            return int(moved.rowcount)  # type: ignore[attr-defined]

    def close_gaps(self, queue: statements.Queue, provider: str, pace: Pace, now: datetime) -> int:
        """Give the turns of stopped tasks to those that wait behind them; returns how many moved forward.

        Turns further ahead than as many tasks need as wait are given back to the bucket of `pace` as well.
        """
        values = {"queue": queue, "provider": provider, "rate": pace.rate_per_s, "slack_s": GAPS_S}
        with self._database.write() as session:
            tokens, moment = bucket(session, pace, now)
            found = session.execute(text(statements.CLOSE_GAPS), values).one()
            if -tokens > found.waiting + GAPS_S * pace.rate_per_s:
                values_then = {"tokens": -float(found.waiting), "updated_at": moment}
                session.execute(update(PACE).where(PACE.c.name == pace.name).values(**values_then))
        return int(found.moved)

    def figures(self) -> QueueFigures | None:
        """The current numbers; None if the database has no job queue."""
        with self._database.read() as session:
            return _figures(session) if self._database.dialect == "postgresql" and is_set_up(session) else None


def _figures(session: Session) -> QueueFigures:
    row = session.execute(text(statements.FIGURES)).one()
    return QueueFigures(row.waiting, row.due, row.running, max(0.0, float(row.lag_s)))
