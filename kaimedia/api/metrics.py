"""`/api/metrics`: counts for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from kaimedia.api.parameters import studio
from kaimedia.api.telemetry import REGISTRY
from kaimedia.studio import Studio

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
        age_s = self._studio.health.heartbeat_age_s()
        if age_s is not None:
            yield GaugeMetricFamily("kaimedia_worker_beat_age_seconds", "Time since the worker's last heartbeat", age_s)
        check = self._studio.account.state().check
        if check.balance_credits is not None:
            yield GaugeMetricFamily("kaimedia_credits", "The provider's last known balance", check.balance_credits)


@router.get("/metrics", response_class=PlainTextResponse)
def get_metrics(studio: Annotated[Studio, Depends(studio)]) -> Response:
    """All metrics, in Prometheus text format."""
    now = CollectorRegistry(auto_describe=False)
    now.register(_Now(studio))
    return Response(generate_latest(REGISTRY) + generate_latest(now), media_type=CONTENT_TYPE_PLAIN_0_0_4)
