"""`/api/tasks`: what was asked for, where it stands, and what a person may do about it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from kaimedia.api.parameters import LIMIT, Cursor, Limit, TaskId, studio
from kaimedia.api.schemas import Out, PageOut, TaskOut, page_of
from kaimedia.domain import Status, Task
from kaimedia.errors import InvalidRequest, NotFound
from kaimedia.studio import Studio

router = APIRouter(prefix="/tasks", tags=["tasks"])
House = Annotated[Studio, Depends(studio)]


class ProviderTaskId(BaseModel):
    """The outcome is found: this is what kie.ai calls the task."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"provider_task_id": "9f2c"}]}
    )

    provider_task_id: str = Field(pattern=r"^[!-~]{1,128}$", description="As kie.ai's logs show it.")


class Dismissal(BaseModel):
    """Nobody looks for the outcome any more."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"dismiss": True}]})

    dismiss: Literal[True]


class Sending(BaseModel):
    """A held task is to be sent: it is a paid task, which the original of this database may have sent already."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"send": True}]})

    send: Literal[True]


class HeldOut(Out):
    """What came of the answer about held tasks."""

    changed: int = Field(description="How many tasks were held until now.")


@router.get("", response_model=PageOut[TaskOut])
def list_tasks(house: House, status: Status | None = None, limit: Limit = LIMIT, cursor: Cursor = None) -> Any:
    """All tasks, newest first."""
    try:
        page = house.tasks(status=status, limit=limit, cursor=cursor)
    except InvalidRequest as error:
        raise no_page(error) from error
    media = house.media_of_tasks([task.task_id for task in page.items])
    return page_of(page, [TaskOut.of(task, media.get(task.task_id, ())) for task in page.items])


@router.get("/{task_id}")
def get_task(house: House, task_id: TaskId) -> TaskOut:
    """One task. Ask again every second or two until `status` is `completed` or `failed`."""
    return _out(house, house.task(task_id))


@router.post("/held")
def answer_held(house: House, how: Sending | Dismissal) -> HeldOut:
    """Send or dismiss every task that is held, because this database is a copy of another."""
    return HeldOut(changed=house.holds.send() if isinstance(how, Sending) else house.holds.dismiss())


@router.post("/{task_id}/cancel")
def cancel_task(house: House, task_id: TaskId) -> TaskOut:
    """Stop it: free before it is sent. Afterwards we only stop watching, and the provider may still bill it."""
    return _out(house, house.cancel(task_id))


@router.post("/{task_id}/retry")
def retry_task(house: House, task_id: TaskId) -> TaskOut:
    """Take a failed task up again. What is paid goes on as the same task; anything else becomes a new one."""
    return _out(house, house.retry(task_id))


@router.post("/{task_id}/resolve")
def resolve_task(house: House, task_id: TaskId, how: ProviderTaskId | Dismissal | Sending) -> TaskOut:
    """Settle a task: name kie.ai's id for it if its outcome is unknown, send it if it is held, or dismiss it.

    kie.ai is asked about the id first, free of charge. Without a record of it nothing changes: 422 when kie.ai knows
    no such task, 502 or 503 when it could not be asked.
    """
    if isinstance(how, Sending):
        return _out(house, house.holds.send_one(task_id))
    if isinstance(how, Dismissal):
        return _out(house, house.dismiss(task_id))
    return _out(house, house.resolve(task_id, how.provider_task_id))


def no_page(error: InvalidRequest) -> NotFound:
    """A cursor that names no place of this list."""
    return NotFound(error.message, next_step="Begin again without a cursor.")


def _out(house: Studio, task: Task) -> TaskOut:
    return TaskOut.of(task, house.media_of_task(task.task_id))
