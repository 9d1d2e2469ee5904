"""Chooses what runs the tasks: the engine in this process, a worker of several, or nothing here."""

from __future__ import annotations

from kaimedia import __version__
from kaimedia.config import EMBEDDED, OFF, PROCRASTINATE, Config
from kaimedia.housekeeping import Housekeeping
from kaimedia.jobs.announcer import Announcer
from kaimedia.jobs.balance_reads import BalanceReads
from kaimedia.jobs.disk_cleaner import DiskCleaner
from kaimedia.jobs.engine import Engine
from kaimedia.jobs.handlers import TaskHandlers
from kaimedia.jobs.task_runner import SeparateWorkers, TaskRunner
from kaimedia.jobs.update_batcher import UpdateBatcher
from kaimedia.providers.base import Limits
from kaimedia.store.database.database import Database
from kaimedia.store.job_queue.schema import set_up
from kaimedia.store.stores import Stores


def open_engine(
    config: Config,
    handlers: TaskHandlers,
    stores: Stores,
    database: Database,
    limits: Limits | None,
    housekeeping: Housekeeping,
    *,
    is_on: bool,
) -> TaskRunner:
    """The engine that the settings name, not started; `is_on`: whether this process is to run tasks.

    Raises:
        ConfigError: it does not work with this database.
        StoreUnavailable: the database cannot be reached.
    """
    disk_cleaner = DiskCleaner(housekeeping.of_disk, handlers.now)
    if config.engine == OFF and not is_on:
        return SeparateWorkers(disk_cleaner)
    announcer = Announcer(
        stores.workers,
        __version__,
        PROCRASTINATE if config.engine == PROCRASTINATE else EMBEDDED,
        takeovers=lambda: stores.task_claims.takeovers,
        storage_errors=lambda: handlers.saver.storage_errors,
    )
    if config.engine == PROCRASTINATE:
        set_up(database)
        if not is_on:
            return SeparateWorkers(disk_cleaner)
        from kaimedia.jobs.distributed.open_runner import open_runner  # imports Procrastinate, which only workers need

        return open_runner(handlers, stores, database, limits, announcer, housekeeping.of_database, disk_cleaner)
    updates = UpdateBatcher(stores.task_reader, stores.task_updater)
    schedule, claims = stores.task_schedule, stores.task_claims
    balances = BalanceReads(handlers.providers)
    steps = (handlers, updates, stores.task_reader, schedule, claims, balances, announcer)
    return Engine(*steps, limits=limits, housekeeping=housekeeping)
