"""`/api/webhooks/deliveries`: what was sent to webhooks, and what could not be."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from kaimedia.api.parameters import LIMIT, CurrentStudio, Limit
from kaimedia.api.reference_schema import LARGEST_ID
from kaimedia.api.schemas import Out
from kaimedia.domain.webhook import Delivery, DeliveryProblem, DeliveryStatus, WebhookEvent
from kaimedia.studio import problem_text, webhook_step

router = APIRouter(prefix="/webhooks", tags=["webhooks"])
Before = Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="`next_before` of the previous page.")]


class DeliveryOut(Out):
    """One event for one webhook."""

    id: int
    webhook_id: int
    event_id: str = Field(description="The same in every attempt, and for every webhook.")
    event: WebhookEvent
    task_id: str | None
    at: datetime = Field(description="When it happened.")
    status: DeliveryStatus
    attempts: int
    due_at: datetime | None = Field(description="When it is sent next; null once it is delivered or given up.")
    last_attempt_at: datetime | None
    delivered_at: datetime | None
    http_status: int | None = Field(description="Of the last response.")
    problem: DeliveryProblem | None = Field(description="Why the last attempt failed.")
    detail: str | None = Field(description="The same for people.")
    next_step: str | None

    @classmethod
    def of(cls, delivery: Delivery) -> DeliveryOut:
        """The delivery with the names of the API."""
        same = {name: getattr(delivery, name) for name in cls.model_fields if name in Delivery.__dataclass_fields__}
        return cls(
            **{**same, "task_id": delivery.task_id or None},
            webhook_id=delivery.endpoint_id,
            detail=problem_text(delivery),
            next_step=webhook_step(delivery),
        )


class Deliveries(Out):
    """Deliveries, newest first; repeat with `before=next_before` until it is null."""

    items: list[DeliveryOut]
    next_before: int | None


@router.get("/deliveries")
def list_deliveries(
    studio: CurrentStudio, status: DeliveryStatus | None = None, limit: Limit = LIMIT, before: Before = None
) -> Deliveries:
    """What was sent to webhooks in the last 30 days, and what waits or was given up."""
    found = studio.webhooks.deliveries(limit + 1, before=before, status=status)
    last = found[limit - 1].id if len(found) > limit else None
    return Deliveries(items=[DeliveryOut.of(each) for each in found[:limit]], next_before=last)
