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
from kaimedia.domain import Phase
from kaimedia.studio import Studio

router = APIRouter(tags=["health"])
COUNTING_S = 0.25
_ENDED = (Phase.DONE, Phase.FAILED)


class Health(Out):
    """Liveness and the queue length."""

    status: Literal["ok"] = "ok"
    version: str
    queue_depth: int | None = Field(
        description="Tasks that have not ended; null if the database does not respond quickly."
    )
    queue: dict[Phase, int] | None = Field(description="The same, by phase.")


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
    counts = await _counts()
    if counts is None:
        return Health(version=__version__, queue_depth=None, queue=None)
    queue = {phase: number for phase, number in counts.items() if phase not in _ENDED}
    return Health(version=__version__, queue_depth=sum(queue.values()), queue=queue)


async def _counts() -> dict[Phase, int] | None:
    """Uses no worker thread: probes waiting for an unresponsive database would exhaust the pool."""
    studio = runtime.opened_studio()
    if studio is None:
        return None
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
