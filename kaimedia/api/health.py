"""`/api/health` and `/api/ready`: liveness and readiness."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import Field

from kaimedia import __version__, runtime
from kaimedia.api.parameters import studio
from kaimedia.api.schemas import Out
from kaimedia.config import EngineKind
from kaimedia.domain import Phase
from kaimedia.studio import Studio
from kaimedia.studio.health import QueueSummary

router = APIRouter(tags=["health"])
COUNTING_S = 0.25


class Health(Out):
    """Liveness and the queue length."""

    status: Literal["ok"] = "ok"
    version: str
    queue_depth: int | None = Field(
        description="Tasks that have not ended; null if the database does not respond quickly."
    )
    queue: dict[Phase, int] | None = Field(description="The same, by phase.")
    engine: EngineKind | None = Field(
        description="What runs the tasks: the app, one separate worker or many; null before the app is open."
    )
    workers: int | None = Field(
        description="Running workers, if `engine` is `procrastinate`; null too if the database responds slowly."
    )


class CheckOut(Out):
    """One readiness check."""

    name: str
    is_well: bool
    detail: str


class Readiness(Out):
    """Whether new tasks can be accepted now."""

    status: Literal["ready", "not_ready"]
    checks: list[CheckOut]


@router.get("/health")
async def get_health() -> Health:
    """Liveness: answers while the process is running, whatever else is broken. Needs no token."""
    studio = runtime.opened_studio()
    found = None if studio is None else await _state(studio)
    engine = None if studio is None else studio.health.engine
    if found is None:
        return Health(version=__version__, queue_depth=None, queue=None, engine=engine, workers=None)
    depth = sum(found.counts.values())
    return Health(version=__version__, queue_depth=depth, queue=found.counts, engine=engine, workers=found.workers)


async def _state(studio: Studio) -> QueueSummary | None:
    """Uses no worker thread: probes waiting for an unresponsive database would exhaust the pool."""
    future = studio.health.queue_soon()
    waiting = asyncio.wrap_future(future)
    waiting.add_done_callback(lambda done: done.exception())  # a late error is ignored
    await asyncio.wait({waiting}, timeout=COUNTING_S)
    return future.result() if future.done() and future.exception() is None else None


@router.get("/ready", response_model=Readiness, responses={503: {"model": Readiness}})
def get_ready(studio: Annotated[Studio, Depends(studio)]) -> JSONResponse:
    """Readiness: the database and media storage are writable and the worker is running. Else 503 with the reason."""
    checks = [CheckOut(name=check.name, is_well=check.is_well, detail=check.detail) for check in studio.health.checks()]
    is_ready = all(check.is_well for check in checks)
    body = Readiness(status="ready" if is_ready else "not_ready", checks=checks)
    return JSONResponse(body.model_dump(), 200 if is_ready else 503)
