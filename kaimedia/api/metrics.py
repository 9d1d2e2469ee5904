"""`/api/metrics`: counts for Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from kaimedia.api.parameters import studio
from kaimedia.api.telemetry import REGISTRY
from kaimedia.domain import Phase, utc_now
from kaimedia.studio import Studio, lease_age_s

router = APIRouter(tags=["health"])


class _Now(Collector):
    """Values read at request time."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def collect(self) -> Iterator[Metric]:
        """Tasks by phase, disk usage and free space, the age of the worker's heartbeat, the balance."""
        tasks = GaugeMetricFamily("kaimedia_tasks", "Tasks by phase", labels=["phase"])
        for phase, number in self._studio.tasks.queue_depth().items():
            tasks.add_metric([phase.value], number)
        yield tasks
        disk = self._studio.trash.disk_use()
        yield GaugeMetricFamily("kaimedia_media_bytes", "Size of all saved results", disk.media_bytes)
        yield GaugeMetricFamily("kaimedia_trash_bytes", "Size of the results in the trash", disk.trash_bytes)
        if disk.free_bytes is not None:
            yield GaugeMetricFamily(
                "kaimedia_media_free_bytes", "Free space in the media storage, where that is known", disk.free_bytes
            )
        yield from self._workers()
        yield from self._jobs()
        age_s = self._studio.health.heartbeat_age_s()
        if age_s is not None:
            yield GaugeMetricFamily("kaimedia_worker_beat_age_seconds", "Time since the worker's last heartbeat", age_s)
        check = self._studio.account.state().check
        if check.balance_credits is not None:
            yield GaugeMetricFamily("kaimedia_credits", "The provider's last known balance", check.balance_credits)

    def _workers(self) -> Iterator[Metric]:
        """What waits for workers, and the workers of all processes on this database."""
        now = utc_now()
        queue = self._studio.operations.queue(now)
        due = GaugeMetricFamily("kaimedia_due_tasks", "Tasks that are due and not claimed, by phase", labels=["phase"])
        lag = GaugeMetricFamily(
            "kaimedia_due_lag_seconds", "How long the first of these has been due, by phase", labels=["phase"]
        )
        for phase in Phase:
            found = queue.due.get(phase)
            due.add_metric([phase.value], found.number if found else 0)
            lag.add_metric([phase.value], max(0.0, (now - found.oldest_due_at).total_seconds()) if found else 0.0)
        yield from (due, lag)
        yield GaugeMetricFamily(
            "kaimedia_lease_age_seconds", "Time since the oldest lease of a task was renewed", lease_age_s(queue, now)
        )
        announced = self._studio.operations.announced_workers()
        running = GaugeMetricFamily("kaimedia_workers", "Running workers", labels=["version", "engine"])
        kinds = Counter((worker.version, worker.engine) for worker in announced if worker.is_running(now))
        for kind, number in kinds.items():
            running.add_metric(kind, number)
        seen = GaugeMetricFamily("kaimedia_worker_seen_seconds", "Time since a worker was seen", labels=["worker"])
        takeovers = CounterMetricFamily(
            "kaimedia_worker_takeovers", "Tasks a worker took over from one that died", labels=["worker"]
        )
        errors = CounterMetricFamily(
            "kaimedia_worker_storage_errors",
            "How often a worker could not save, or did not send, because of the media storage",
            labels=["worker"],
        )
        for worker in announced:
            seen.add_metric([worker.name], max(0.0, (now - worker.seen_at).total_seconds()))
            takeovers.add_metric([worker.name], worker.takeovers)
            errors.add_metric([worker.name], worker.storage_errors)
        yield from (running, seen, takeovers, errors)

    def _jobs(self) -> Iterator[Metric]:
        """The job queue, where workers share one."""
        figures = self._studio.operations.jobs()
        if figures is None:
            return
        yield GaugeMetricFamily("kaimedia_jobs_waiting", "Jobs that wait, due ones included", figures.waiting)
        yield GaugeMetricFamily("kaimedia_jobs_due", "Jobs that could run now", figures.due)
        yield GaugeMetricFamily("kaimedia_jobs_running", "Jobs that run", figures.running)
        yield GaugeMetricFamily("kaimedia_jobs_lag_seconds", "How long the longest due job has waited", figures.lag_s)


@router.get("/metrics", response_class=PlainTextResponse)
def get_metrics(studio: Annotated[Studio, Depends(studio)]) -> Response:
    """All metrics, in Prometheus text format."""
    now = CollectorRegistry(auto_describe=False)
    now.register(_Now(studio))
    return Response(generate_latest(REGISTRY) + generate_latest(now), media_type=CONTENT_TYPE_PLAIN_0_0_4)
