"""What `doctor` says about a running installation: clocks, workers, and what waits for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime

from kaimedia import __version__
from kaimedia.config import Config
from kaimedia.context import open_database, open_media
from kaimedia.domain import Phase, utc_now
from kaimedia.finding import Finding, guarded
from kaimedia.store.database.database import Database
from kaimedia.store.database.server_clock import server_time
from kaimedia.store.tasks.queue_states import QueueStates
from kaimedia.store.workers import Workers
from kaimedia.studio.operations import WORKER_PHASES, workers_text

MAX_OFFSET_S = 5.0  # claims of tasks allow for this much
MAX_LAG_S = 120.0


def find(config: Config, *, media_responds: bool) -> Iterator[Finding]:
    """The findings; needs a database that can be read and is migrated. Without `media_responds`, its clock is left out.

    A test object is written to a bucket, and deleted.
    """
    with closing(open_database(config)) as database:
        sources: list[tuple[str, Callable[[], datetime | None]]] = [("database", lambda: server_time(database))]
        if media_responds:
            sources.append(("media storage", lambda: open_media(config).server_time()))
        for name, read in sources:
            found = guarded(f"clock of the {name}", lambda name=name, read=read: _clock(name, read))  # type: ignore[misc]
            if found.detail:
                yield found
        yield guarded("workers", lambda: _workers(config, database))
        yield guarded("queue", lambda: _queue(database))


def _clock(name: str, read: Callable[[], datetime | None]) -> Finding:
    """An empty detail: that clock is this machine's."""
    before = utc_now()
    found = read()
    after = utc_now()
    what = f"clock of the {name}"
    if found is None:
        return Finding(what, True, "")
    # A bucket's times are whole seconds, and it took part of the request's time to answer.
    offset_s = max(0.0, (found - after).total_seconds()) + min(0.0, (found - before).total_seconds() + 1.0)
    if abs(offset_s) <= MAX_OFFSET_S:
        return Finding(what, True, "agrees with this machine’s, within a few seconds")
    direction = "ahead of" if offset_s > 0 else "behind"
    step = "Let both machines set their clocks by NTP; times of tasks, leases and signatures depend on them."
    return Finding(what, False, f"is {abs(offset_s):,.0f} s {direction} this machine’s", step)


def _workers(config: Config, database: Database) -> Finding:
    now = utc_now()
    running = [worker for worker in Workers(database).announced() if worker.is_running(now)]
    text = workers_text(running, now)
    if not running:
        if config.engine_is_on:
            return Finding("workers", True, "none is running now; the app runs the tasks itself once it is started")
        return Finding("workers", False, "none is running: tasks wait", "Start `python -m kaimedia worker`.")
    ahead = [worker for worker in running if (worker.seen_at - now).total_seconds() > MAX_OFFSET_S]
    if ahead:
        names = ", ".join(worker.name for worker in ahead)
        return Finding("workers", False, f"{text}; the clock of {names} is ahead", "Let it set its clock by NTP.")
    if {worker.version for worker in running} - {__version__}:
        text += f"; this program is version {__version__}, which is fine during an upgrade"
    return Finding("workers", True, text)


def _queue(database: Database) -> Finding:
    now = utc_now()
    due = QueueStates(database).read(now).due
    waiting = {phase: tasks for phase, tasks in due.items() if phase in WORKER_PHASES}
    number = sum(tasks.number for tasks in waiting.values())
    queued = due[Phase.QUEUED].number if Phase.QUEUED in due else 0
    text = f"{number} tasks wait for a worker, {queued} to be sent"
    if not waiting:
        return Finding("queue", True, text)
    lag_s = max((now - tasks.oldest_due_at).total_seconds() for tasks in waiting.values())
    text += f"; the longest for {max(0.0, lag_s):,.0f} s"
    has_workers = any(worker.is_running(now) for worker in Workers(database).announced())
    step = "Start more workers, or look in the log of those running for what holds them up."
    return Finding("queue", not has_workers or lag_s <= MAX_LAG_S, text, step)
