"""`/api/health` and `/api/ready`: whether we live, and whether we can work."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import Field

from kaimedia import __version__, bootstrap
from kaimedia.api.parameters import studio
from kaimedia.api.schemas import Out
from kaimedia.domain import Phase
from kaimedia.studio import Studio

router = APIRouter(tags=["health"])
COUNTING_S = 0.25
_ENDED = (Phase.DONE, Phase.FAILED)


class Health(Out):
    """That we live, and how much there is to do."""

    status: Literal["ok"] = "ok"
    version: str
    queue_depth: int | None = Field(description="Tasks not ended yet; null while the database does not answer at once.")
    queue: dict[Phase, int] | None = Field(description="The same by phase.")


class CheckOut(Out):
    """One thing that must work."""

    name: str
    is_well: bool
    detail: str


class Readiness(Out):
    """Whether a generation could be taken on now."""

    status: Literal["ready", "not_ready"]
    checks: list[CheckOut]


@router.get("/health")
async def get_health() -> Health:
    """Liveness: answers as long as the process does, whatever else is broken. Needs no token."""
    counts = await _counts()
    if counts is None:
        return Health(version=__version__, queue_depth=None, queue=None)
    queue = {phase: number for phase, number in counts.items() if phase not in _ENDED}
    return Health(version=__version__, queue_depth=sum(queue.values()), queue=queue)


async def _counts() -> dict[Phase, int] | None:
    """Holds no worker thread: probes that wait for a silent database would fill the pool and stop everybody."""
    house = bootstrap.opened_studio()
    if house is None:
        return None
    asked = house.queue_soon()
    waiting = asyncio.wrap_future(asked)
    waiting.add_done_callback(lambda one: one.exception())  # one that comes too late is of no interest any more
    await asyncio.wait({waiting}, timeout=COUNTING_S)
    return asked.result() if asked.done() and asked.exception() is None else None


@router.get("/ready", response_model=Readiness, responses={503: {"model": Readiness}})
def get_ready(house: Annotated[Studio, Depends(studio)]) -> JSONResponse:
    """Readiness: database and media folder can be written, the worker is alive. 503 with the reason otherwise."""
    checks = [CheckOut(name=check.name, is_well=check.is_well, detail=check.words) for check in house.checks()]
    is_ready = all(check.is_well for check in checks)
    body = Readiness(status="ready" if is_ready else "not_ready", checks=checks)
    return JSONResponse(body.model_dump(), 200 if is_ready else 503)
