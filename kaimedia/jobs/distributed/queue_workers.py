"""Procrastinate's workers, one for each queue, in an event loop of their own."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.worker import Worker

from kaimedia.errors import StoreError
from kaimedia.jobs.distributed.threads import DaemonThreads
from kaimedia.jobs.plan import back_off_s
from kaimedia.jobs.worker_pool import POLL, PREPARE, SAVE, SEND
from kaimedia.store.job_queue.statements import RUN_AGAIN, STEP, Queue

log = logging.getLogger("kaimedia.worker")

HEARTBEAT_S = 5.0
STALLED_S = 15.0  # without a heartbeat, after which a worker's jobs are run by others
SWEEP_EVERY_S = 5.0
FETCH_EVERY_S = 0.5  # how late a job that was scheduled for later may be; one that is due now is notified of
GRACE_S = 5.0
AT_ONCE = {Queue.POLL: POLL.workers, Queue.SEND: SEND.workers, Queue.TRANSFER: SAVE.workers + PREPARE.workers}


class _AfterError(BaseRetryStrategy):
    """Where its task cannot get another job, because the database cannot be reached, a failed job runs again."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        return RetryDecision(retry_in={"seconds": int(back_off_s(job.attempts + 1, first_s=1, longest_s=15))})


class QueueWorkers:
    """Runs jobs until `stop`. `run_job(task_id, has_turn)` is called on threads.

    Args:
        connection: What psycopg connects with: `conninfo`, and `kwargs` for each connection.
        can_listen: Whether the server can notify this connection; if not, it is asked every `FETCH_EVERY_S`.
    """

    def __init__(
        self, connection: Mapping[str, Any], run_job: Callable[[str, bool], None], *, can_listen: bool
    ) -> None:
        self._connection = connection
        self._run_job = run_job
        self._can_listen = can_listen
        self._threads = DaemonThreads(sum(AT_ONCE.values()), "kaimedia-job")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._workers: list[Worker] = []

    async def serve(self) -> None:
        """Run until `stop`; starts anew, after a pause, whenever the database was not reachable."""
        self._loop = asyncio.get_running_loop()
        tries = 0
        while not self._stopping.is_set():
            began = self._loop.time()
            try:
                await self._run_once()
            except (ConnectorException, OSError) as error:
                log.error("the job queue cannot be reached: %s", error.__cause__ or error)
            if self._stopping.is_set():
                return
            tries = 1 if self._loop.time() - began > GRACE_S else tries + 1
            try:
                await asyncio.wait_for(self._stopping.wait(), back_off_s(tries, first_s=0.5, longest_s=10))
            except TimeoutError:
                log.info("connecting to the job queue again")

    def stop(self) -> None:
        """Take no more jobs; those in progress have `GRACE_S` to end. From any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop_here)

    def _stop_here(self) -> None:
        self._stopping.set()
        for worker in self._workers:
            worker.stop()  # type: ignore[no-untyped-call]

    async def _run_once(self) -> None:
        app = self._app()
        async with app.open_async():
            self._workers = [self._worker(app, queue, number) for queue, number in AT_ONCE.items()]
            running = [asyncio.create_task(self._serve_queue(worker)) for worker in self._workers]
            sweep = asyncio.create_task(self._sweep_on(app))
            # One ends early only if it lost its connection: then all start anew with new ones.
            try:
                await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for worker in self._workers:
                    worker.stop()  # type: ignore[no-untyped-call]
                sweep.cancel()
                ends = await asyncio.gather(*running, sweep, return_exceptions=True)
            for end in ends:
                if isinstance(end, BaseException) and not isinstance(end, asyncio.CancelledError):
                    raise end

    async def _serve_queue(self, worker: Worker) -> None:
        if not self._stopping.is_set():  # `run` begins by forgetting an earlier `stop`
            await worker.run()  # type: ignore[no-untyped-call]

    def _app(self) -> App:
        app = App(connector=PsycopgConnector(**self._connection, min_size=1, max_size=6, timeout=10))

        @app.task(name=STEP, retry=_AfterError())
        async def step(task_id: str, has_turn: bool = False, failures: int = 0, **_of_newer_versions: Any) -> None:
            """Ends after an error too, and its task gets another job: this one could not become it beside a newer."""
            try:
                await asyncio.wrap_future(self._threads.submit(lambda: self._run_job(task_id, has_turn)))
            except Exception as error:  # whatever it is, the job must end, and its task get another
                failures += 1
                pause_s = back_off_s(failures, first_s=1, longest_s=15)
                is_bug = not isinstance(error, StoreError)
                log.error("a job failed: %s", error, exc_info=is_bug, extra={"task_id": task_id})
                args = json.dumps({"failures": failures} | ({"has_turn": True} if has_turn else {}))
                await app.connector.execute_query_async(RUN_AGAIN, task_id=task_id, pause_s=pause_s, args=args)

        return app

    def _worker(self, app: App, queue: Queue, number: int) -> Worker:
        return Worker(
            app,
            queues=[queue],
            name=queue,
            concurrency=number,
            fetch_job_polling_interval=FETCH_EVERY_S,
            abort_job_polling_interval=60.0,  # nothing aborts jobs: a task is canceled in its row
            shutdown_graceful_timeout=GRACE_S,
            listen_notify=self._can_listen,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT_S,
            stalled_worker_timeout=STALLED_S,
        )

    async def _sweep_on(self, app: App) -> None:
        """Every few seconds, let the jobs of workers without a heartbeat run again."""
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            try:
                await self._sweep(app)
            except ConnectorException as error:
                log.error("no sweep of stalled jobs, next try soon: %s", error.__cause__ or error)

    async def _sweep(self, app: App) -> None:
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
            assert job.id is not None
            # Deleted, not retried: its task may have a newer job. If not, the upkeep makes one when its lease ends.
            try:
                await app.job_manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
                log.info("the job of a stalled worker was removed", extra={"task_id": job.queueing_lock})
            except ConnectorException:
                log.info("a stalled job ended meanwhile", extra={"task_id": job.queueing_lock})
        await app.job_manager.prune_stalled_workers(STALLED_S)
