"""`/api/tasks`: tasks, their status, and actions on them."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from kaimedia.api.outcomes import OutcomeOut
from kaimedia.api.parameters import LIMIT, CurrentCaller, CurrentStudio, Cursor, Limit, TaskId
from kaimedia.api.schemas import Out, PageOut, TaskOut, page_of, response_of, task_fields
from kaimedia.domain import Status, Task
from kaimedia.errors import InvalidRequest, NotFound
from kaimedia.studio import Studio

router = APIRouter(prefix="/tasks", tags=["tasks"])


class ProviderTaskId(BaseModel):
    """The provider task id of a task whose outcome is unknown."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"provider_task_id": "9f2c"}]}
    )

    provider_task_id: str = Field(pattern=r"^[!-~]{1,128}$", description="As shown in the provider's logs.")


class Dismissal(BaseModel):
    """Stop waiting for the outcome."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"dismiss": True}]})

    dismiss: Literal[True]


class Sending(BaseModel):
    """Send a task on hold: a paid task that the original database may already have sent."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"send": True}]})

    send: Literal[True]


class HeldOut(Out):
    """How many tasks were sent or dismissed."""

    changed: int = Field(description="How many tasks were on hold.")


@router.get("", response_model=PageOut[TaskOut])
def list_tasks(
    studio: CurrentStudio, status: Status | None = None, limit: Limit = LIMIT, cursor: Cursor = None
) -> Response:
    """All tasks, newest first."""
    try:
        page = studio.tasks.page(status=status, limit=limit, cursor=cursor)
    except InvalidRequest as error:
        raise no_page(error) from error
    media = studio.gallery.of_tasks([task.task_id for task in page.items])
    return response_of(page_of(page, [task_fields(task, media.get(task.task_id, ())) for task in page.items]))


@router.get("/{task_id}", response_model=TaskOut)
def get_task(studio: CurrentStudio, task_id: TaskId) -> Response:
    """One task. Poll every second or two until `status` is `completed` or `failed`."""
    return response_of(task_fields(*studio.gallery.task_with_media(task_id)))


@router.get("/{task_id}/outcome")
def get_outcome(studio: CurrentStudio, task_id: TaskId) -> OutcomeOut:
    """What is known about a task whose outcome is unknown: when it was sent, and the balances around that.

    409 once the outcome is known. Resolve it with `POST /api/tasks/{task_id}/resolve`, or send it again with `/retry`.
    """
    return OutcomeOut.of(studio.rescue.outcomes.evidence(task_id))


@router.post("/held")
def answer_held(studio: CurrentStudio, how: Sending | Dismissal) -> HeldOut:
    """Send or dismiss all tasks that are on hold because this database is a copy."""
    return HeldOut(changed=studio.holds.send() if isinstance(how, Sending) else studio.holds.dismiss())


@router.post("/{task_id}/cancel")
def cancel_task(studio: CurrentStudio, task_id: TaskId) -> TaskOut:
    """Cancel a task: free before it is sent. After that, tracking stops, but the provider may still bill it."""
    return _out(studio, studio.tasks.cancel(task_id))


@router.post("/{task_id}/retry")
def retry_task(studio: CurrentStudio, task_id: TaskId, who: CurrentCaller) -> TaskOut:
    """Retry a failed task. A task that may be paid is resumed; otherwise a new task is created."""
    return _out(studio, studio.tasks.retry(task_id, token_id=who.token_id, may_wait=False))


@router.post("/{task_id}/resolve")
def resolve_task(studio: CurrentStudio, task_id: TaskId, how: ProviderTaskId | Dismissal | Sending) -> TaskOut:
    """Resolve a task: set the provider's id if its outcome is unknown, send it if it is on hold, or dismiss it.

    The id is checked with the provider first, free of charge. If that fails nothing changes: 422 if it does not know
    the id, 502 or 503 if it cannot be reached.
    """
    if isinstance(how, Sending):
        return _out(studio, studio.holds.send_one(task_id))
    if isinstance(how, Dismissal):
        return _out(studio, studio.tasks.dismiss(task_id))
    return _out(studio, studio.tasks.resolve(task_id, how.provider_task_id))


def no_page(error: InvalidRequest) -> NotFound:
    """The error for a cursor that does not belong to this list."""
    return NotFound(error.message, next_step="Start again without a cursor.")


def _out(studio: Studio, task: Task) -> TaskOut:
    return TaskOut.of(task, studio.gallery.of_task(task.task_id))
