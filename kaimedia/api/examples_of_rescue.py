"""Example responses about what was paid and may be lost, and about what was reported to webhooks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kaimedia.api.imports import ImportOut
from kaimedia.api.integrity import IntegrityOut
from kaimedia.api.outcomes import OutcomeOut
from kaimedia.api.schemas import Out, TaskOut
from kaimedia.api.unsaved import Fetching, UnsavedList, UnsavedOut
from kaimedia.api.webhooks import Deliveries, DeliveryOut
from kaimedia.domain import Phase, Task
from kaimedia.domain.imports import ImportOutcome, ImportResult, ImportState
from kaimedia.domain.integrity import Fault, FaultKind, IntegrityReport, IntegrityState
from kaimedia.domain.ledger import Balance
from kaimedia.domain.outcome import OutcomeEvidence
from kaimedia.domain.webhook import Delivery, DeliveryStatus, WebhookEvent


def of_rescue(task: Task, thumbnail: str) -> tuple[Out, ...]:
    """One response of each kind, about this finished task and this file."""
    imported = ImportResult("9f2c", ImportOutcome.IMPORTED, task.task_id)
    return (
        ImportOut.of(ImportState(total=1, results=(imported,))),
        UnsavedList(items=[_unsaved(task)]),
        Fetching(fetching=2),
        _outcome(task),
        _integrity(task, thumbnail),
        _deliveries(task),
    )


def _unsaved(task: Task) -> UnsavedOut:
    saving = replace(task, phase=Phase.SAVING, status=Phase.SAVING.status, completed_at=None)
    return UnsavedOut(
        task=TaskOut.of(saving, ()),
        link_until=task.updated_at + timedelta(days=1),
        kept_until=task.updated_at + timedelta(days=14),
        is_being_fetched=True,
        text="The link to the file works for about 20 hours more.",
    )


def _outcome(task: Task) -> OutcomeOut:
    sent_at = task.created_at
    before = Balance(1, task.provider, 812.5, sent_at - timedelta(seconds=20))
    after = Balance(2, task.provider, 806.5, sent_at + timedelta(seconds=35))
    found = OutcomeEvidence(sent_at, sent_at + timedelta(seconds=30), before, after, 0.0, 0, price_credits=6.0)
    return OutcomeOut.of(found)


def _integrity(task: Task, thumbnail: str) -> IntegrityOut:
    fault = Fault(FaultKind.THUMBNAIL_LOST, thumbnail, media_id=1)
    report = IntegrityReport(
        made_at=task.updated_at, is_deep=True, items=310, counts={fault.kind: 1}, remedies={}, faults=(fault,)
    )
    return IntegrityOut.of(IntegrityState(report=report))


def _deliveries(task: Task) -> Deliveries:
    at = task.updated_at
    found = Delivery(
        *(42, 1, "evt_7c3d306fe97c51cb9934c291e37cc5c0", WebhookEvent.TASK_COMPLETED, task.task_id, at),
        status=DeliveryStatus.DELIVERED,
        attempts=1,
        last_attempt_at=at + timedelta(seconds=1),
        delivered_at=at + timedelta(seconds=1),
        http_status=204,
    )
    return Deliveries(items=[DeliveryOut.of(found)], next_before=None)
