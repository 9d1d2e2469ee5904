"""`/api/batches`: tasks that are submitted, paused, resumed and stopped together, and comparisons of models."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from kaimedia.api.addresses import api_url
from kaimedia.api.batch_requests import TWO_MODELS, ManyBodies, requests_of
from kaimedia.api.generation import REPEATED, fingerprint
from kaimedia.api.parameters import LIMIT, Caller, CurrentStudio, Limit, caller
from kaimedia.api.reference_schema import LARGEST_ID
from kaimedia.api.schemas import Out, TaskOut
from kaimedia.domain import BatchKind, BatchProgress
from kaimedia.errors import Conflict, InvalidRequest
from kaimedia.studio import BatchCost, Studio, costs_of

router = APIRouter(prefix="/batches", tags=["batches"])

_NAME = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"
BatchId = Annotated[int, Path(ge=1, le=LARGEST_ID, examples=[1])]
Before = Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="Only batches with a lower id.")]
BatchKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,200}$",
        description="Any text you choose, valid for two days: the same key with the same body returns the same batch, "
        "with another body 409. Without a key, each request is a new batch.",
        examples=["7f1c4b1e-batch-42"],
    ),
]
_ONE: Any = {"prompt": "a {red|blue} paper boat\na kite over dunes", "model": "gpt4o-image"}


class NewBatch(ManyBodies):
    """A batch: all requests are checked first, and all or none are queued, in this order."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [{"requests": [_ONE], "split_prompts": True}, {"kind": "comparison", "requests": TWO_MODELS}]
        },
    )

    if TYPE_CHECKING:
        kind: BatchKind
    else:
        kind: Annotated[BatchKind, Field(strict=False)] = Field(
            BatchKind.PROMPTS, description="`comparison`: 2 to 6 requests to different models, one of which can win."
        )
    name: str = Field(default="", max_length=80, pattern=_NAME, description="By default the first prompt.")
    is_blind: bool = Field(default=False, description="The page hides the models' names until a winner is chosen.")


class Winner(BaseModel):
    """The best result of a comparison; null withdraws the choice."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"task_id": None}]})

    task_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None


class BatchOut(Out):
    """A batch and how far its tasks are."""

    id: int
    kind: BatchKind
    name: str
    created_at: datetime
    paused_at: datetime | None = Field(description="While set, no further task is sent.")
    stopped_at: datetime | None
    is_active: bool = Field(description="False once every task has ended.")
    total: int
    unsent: int
    running: int
    completed: int
    failed: int = Field(description="Without those that may have been charged.")
    canceled: int = Field(description="Of the failed ones, those canceled before they were sent.")
    may_have_cost: int = Field(description="Failed, and may have been charged.")
    credits_estimated: float = Field(
        description="Without tasks that failed or were canceled free of charge. Where tasks go to several providers, "
        "whose credits differ, see `costs` of `GET /api/batches/{batch_id}`."
    )
    unpriced: int = Field(description="How many tasks have no list price; `credits_estimated` leaves them out.")
    credits_actual: float | None
    is_blind: bool
    winner_task_id: str | None

    @classmethod
    def of(cls, progress: BatchProgress, **more: Any) -> Self:
        """The batch as the API shows it."""
        batch = progress.batch
        values = {name: getattr(progress if hasattr(progress, name) else batch, name) for name in BatchOut.model_fields}
        return cls(**values, **more)


class ProviderCost(Out):
    """What the tasks of a batch at one provider cost, without those that failed or were canceled free of charge."""

    provider: str
    tasks: int
    credits_estimated: float
    unpriced: int = Field(description="How many of these tasks have no list price.")
    credits_actual: float | None


class BatchDetail(BatchOut):
    """A batch with its tasks in the order they were submitted."""

    costs: list[ProviderCost] = Field(description="By provider, because each has its own credits.")
    tasks: list[TaskOut]


class Batches(Out):
    """Batches, newest first; repeat with `before=next_before` until it is null."""

    items: list[BatchOut]
    next_before: int | None


@router.post("", status_code=202)
def make_batch(
    studio: CurrentStudio,
    new: NewBatch,
    response: Response,
    who: Annotated[Caller, Depends(caller)],
    idempotency_key: BatchKey = None,
) -> BatchOut:
    """Submit many tasks as one batch. Returns at once; `GET /api/batches/{batch_id}` says how far it is."""
    body_sha256 = fingerprint(new)
    batch = studio.batches.find_by_key(idempotency_key, body_sha256) if idempotency_key else None
    if batch is not None:
        response.headers[REPEATED] = "true"
    else:
        batch = requests_of(new, studio, who.id).submit(
            studio,
            new.kind,
            name=new.name,
            is_blind=new.is_blind,
            idempotency_key=idempotency_key,
            body_sha256=body_sha256,
            token_id=who.token_id,
        )
    response.headers["Location"] = api_url(f"/batches/{batch.id}")
    return BatchOut.of(studio.batches.get(batch.id))


@router.get("")
def list_batches(
    studio: CurrentStudio, kind: BatchKind | None = None, limit: Limit = LIMIT, before: Before = None
) -> Batches:
    """Batches, newest first."""
    found = studio.batches.newest(limit + 1, before=before, kind=kind)
    last = found[limit - 1].batch.id if len(found) > limit else None
    return Batches(items=[BatchOut.of(each) for each in found[:limit]], next_before=last)


@router.get("/{batch_id:int}")
def get_batch(studio: CurrentStudio, batch_id: BatchId) -> BatchDetail:
    """One batch with its tasks."""
    return _detail(studio, studio.batches.get(batch_id))


@router.post("/{batch_id:int}/pause")
def pause_batch(studio: CurrentStudio, batch_id: BatchId) -> BatchOut:
    """Send no more of its tasks until it is resumed; those already sent go on."""
    return BatchOut.of(studio.batches.pause(batch_id))


@router.post("/{batch_id:int}/resume")
def resume_batch(studio: CurrentStudio, batch_id: BatchId) -> BatchOut:
    """Go on sending the tasks of a paused batch."""
    return BatchOut.of(studio.batches.resume(batch_id))


@router.post("/{batch_id:int}/stop")
def stop_batch(studio: CurrentStudio, batch_id: BatchId) -> BatchOut:
    """Cancel its unsent tasks, free of charge; those already sent are still saved."""
    return BatchOut.of(studio.batches.stop(batch_id))


@router.post("/{batch_id:int}/winner")
def choose_winner(studio: CurrentStudio, batch_id: BatchId, winner: Winner) -> BatchOut:
    """Choose the best result of a comparison, or withdraw the choice. If the task is none of its finished ones: 409."""
    try:
        return BatchOut.of(studio.batches.vote(batch_id, winner.task_id))
    except InvalidRequest as error:
        raise Conflict(error.message, field="task_id") from error


def _detail(studio: Studio, progress: BatchProgress) -> BatchDetail:
    tasks = studio.batches.tasks(progress.batch.id)
    media = studio.gallery.of_tasks([task.task_id for task in tasks])
    return BatchDetail.of(
        progress,
        costs=[_cost(provider, cost) for provider, cost in costs_of(tasks).items()],
        tasks=[TaskOut.of(task, media.get(task.task_id, ())) for task in tasks],
    )


def _cost(provider: str, cost: BatchCost) -> ProviderCost:
    price = cost.price
    return ProviderCost(
        provider=provider,
        tasks=price.tasks,
        credits_estimated=price.credits,
        unpriced=price.unpriced,
        credits_actual=cost.charged_credits,
    )
