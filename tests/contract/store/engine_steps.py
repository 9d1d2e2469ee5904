"""What the engine writes about a task, by what happens at the provider; see `test_store_ledger_lives`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from kaimedia.domain import ErrorCode, Phase, ProviderName, Status, Task, utc_now
from kaimedia.errors import ProviderBusy, RequestRejected
from kaimedia.jobs import failures
from kaimedia.providers.base import Report, TaskState
from kaimedia.store.stores import Stores
from kaimedia.studio.tasks import TaskService
from tests.contract.store.account import End, ProviderTask
from tests.contract.store.factories import new_task

PRICE = 6.0  # of each task, by the price list
OUTCOMES = ("accepted", "accepted", "busy", "refused", "lost", "lost, accepted", "crash", "crash, accepted")


class _OnlyChecked:
    """Stands in for the checks of a request: each costs 6 credits."""

    def checked(self, _request: object) -> Any:
        return new_task(provider=ProviderName.KIE)

    def check_room(self) -> None:
        """There is always room."""

    def check_payable(self, _tasks: object, *, may_wait: bool) -> None:
        """The balance always suffices."""


def task_service(stores: Stores) -> TaskService:
    """The user's actions on these tasks, without what checks a request or talks to a provider."""
    unused = cast(Any, None)
    return TaskService(
        catalog=unused,
        new_tasks=cast(Any, _OnlyChecked()),
        reader=stores.task_reader,
        creator=stores.task_creator,
        updater=stores.task_updater,
        keys=stores.idempotency_keys,
        media=stores.media_reader,
        providers=unused,
        wake=lambda: None,
    )


def after_send(outcome: str, made: ProviderTask | None) -> dict[str, Any]:
    """The fields after a paid call that ended like this; `made` is the task if it was accepted."""
    now = utc_now()
    if outcome == "accepted" and made is not None:
        return {"phase": Phase.WAITING, "provider_task_id": made.id, "accepted_at": now, "due_at": now}
    if outcome == "busy":
        again = failures.repeat_note(ProviderBusy("busy"), 1)
        return {"phase": Phase.QUEUED, "due_at": now - timedelta(seconds=1), **again}
    if outcome == "refused":
        return failures.from_error(RequestRejected("no"))
    return failures.failed(ErrorCode.OUTCOME_UNKNOWN, "lost", may_have_cost=True)


def report_on(made: ProviderTask | None, task: Task, *, reports: bool) -> Report:
    """What a poll says. An amount that differs from the list price is always reported, others only with `reports`."""
    if made is None or made.id != task.provider_task_id:
        return Report(TaskState.FAILED, fault=ErrorCode.PROVIDER_FAILED, is_missing=True)
    shows = reports or made.charged != PRICE or (made.end is End.FAILED and made.cost > 0)
    credits = made.cost if shows else None
    if made.end is End.RUNNING:
        return Report(TaskState.PROCESSING, is_running=True, is_recorded=True, credits=credits)
    if made.end is End.COMPLETED:
        links = ("https://x.example/a.png",)
        return Report(TaskState.COMPLETED, result_urls=links, credits=credits, is_recorded=True)
    return Report(TaskState.FAILED, fault=ErrorCode.PROVIDER_FAILED, credits=credits, is_recorded=True)


def has_ended(task: Task) -> bool:
    """True when nothing more is expected of a task: no poll, no decision by the user."""
    if task.phase is not Phase.FAILED or not task.may_have_cost or task.dismissed_at is not None:
        return task.status in (Status.COMPLETED, Status.FAILED)
    return task.due_at is None and task.error_code is not ErrorCode.OUTCOME_UNKNOWN
