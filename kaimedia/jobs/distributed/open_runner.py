"""Puts one worker of a fleet together."""

from __future__ import annotations

from collections.abc import Callable

from kaimedia.jobs.announcer import Announcer
from kaimedia.jobs.balance_reads import BalanceReads
from kaimedia.jobs.disk_cleaner import DiskCleaner
from kaimedia.jobs.distributed.queue_workers import QueueWorkers
from kaimedia.jobs.distributed.runner import DistributedRunner
from kaimedia.jobs.distributed.task_steps import TaskSteps
from kaimedia.jobs.distributed.upkeep import Upkeep
from kaimedia.jobs.handlers import TaskHandlers
from kaimedia.jobs.owner import new_owner
from kaimedia.jobs.update_batcher import UpdateBatcher
from kaimedia.providers.base import Limits
from kaimedia.providers.registry import limits_of
from kaimedia.store.database.connecting import is_pooled, psycopg_arguments
from kaimedia.store.database.database import Database
from kaimedia.store.database.server_clock import server_time
from kaimedia.store.stores import Stores


def open_runner(
    handlers: TaskHandlers,
    stores: Stores,
    database: Database,
    limits: Limits | None,
    announcer: Announcer,
    housekeeping: Callable[[], None],
    disk_cleaner: DiskCleaner,
) -> DistributedRunner:
    """A worker on this database, not started. `limits` replace those of every provider.

    `housekeeping` is done by one of all workers, what `disk_cleaner` does by each.
    """
    steps = TaskSteps(
        handlers,
        UpdateBatcher(stores.task_reader, stores.task_updater),
        stores.task_reader,
        stores.task_claims,
        stores.queued_jobs,
        BalanceReads(handlers.providers),
        limits_of if limits is None else lambda _: limits,
        owner=new_owner(),
    )
    upkeep = Upkeep(
        steps,
        stores.task_claims,
        stores.task_schedule,
        stores.queued_jobs,
        stores.workers,
        announcer,
        housekeeping,
        lambda: server_time(database),
    )
    can_listen = not is_pooled(database.url)  # a pooler's next transaction may use a connection that does not listen
    connection = psycopg_arguments(database.url)
    queue_workers = QueueWorkers(
        connection, lambda task_id, has_turn: steps.run(task_id, has_turn=has_turn), can_listen=can_listen
    )
    return DistributedRunner(steps, queue_workers, upkeep, disk_cleaner)
