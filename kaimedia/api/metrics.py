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
    """What is measured when somebody asks."""

    def __init__(self, house: Studio) -> None:
        self._house = house

    def collect(self) -> Iterator[Metric]:
        """Tasks by phase, room and use of the disk, the worker's last sign of life."""
        tasks = GaugeMetricFamily("kaimedia_tasks", "Tasks by phase", labels=["phase"])
        for phase, number in self._house.queue_depth().items():
            tasks.add_metric([phase.value], number)
        yield tasks
        disk = self._house.disk_use()
        yield GaugeMetricFamily("kaimedia_media_bytes", "Size of all kept results", disk.media_bytes)
        yield GaugeMetricFamily("kaimedia_trash_bytes", "Size of those in the trash", disk.trash_bytes)
        if disk.free_bytes is not None:
            yield GaugeMetricFamily("kaimedia_media_free_bytes", "Room left where they lie", disk.free_bytes)
        age_s = self._house.beat_age_s()
        if age_s is not None:
            yield GaugeMetricFamily("kaimedia_worker_beat_age_seconds", "Since the worker was last seen", age_s)
        check = self._house.provider_state().check
        if check.balance_credits is not None:
            yield GaugeMetricFamily("kaimedia_credits", "The provider's balance as last told", check.balance_credits)


@router.get("/metrics", response_class=PlainTextResponse)
def get_metrics(house: Annotated[Studio, Depends(studio)]) -> Response:
    """Everything counted and measured, in Prometheus' text format."""
    now = CollectorRegistry(auto_describe=False)
    now.register(_Now(house))
    return Response(generate_latest(REGISTRY) + generate_latest(now), media_type=CONTENT_TYPE_PLAIN_0_0_4)
