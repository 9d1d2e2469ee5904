"""The typed answers of the tools about tasks and items."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field

from kaimedia.api.schemas import Out
from kaimedia.domain import ErrorCode, Media, Modality, Phase, Status, Task, utc_now
from kaimedia.mcp_server.call import Call, link_to
from kaimedia.models.next_steps import NextStep
from kaimedia.studio import next_step, note_text

SCHEME = "kaimedia"


def media_uri(media_id: int) -> str:
    """The address of an item as a resource of this server."""
    return f"{SCHEME}://media/{media_id}"


class MediaAnswer(Out):
    """An image or video of the gallery."""

    media_id: int
    type: Modality
    status: Status
    prompt: str
    model: str
    task_id: str
    resource_uri: str = Field(description="Read this resource for the original file.")
    url: str | None = Field(description="Link to the original, if the studio knows its own address.")
    mime_type: str | None
    width_px: int | None
    height_px: int | None
    duration: int | None = Field(description="Seconds, for videos.")
    size_bytes: int | None
    is_favorite: bool
    tags: list[str]
    created_at: datetime
    error: str | None

    @classmethod
    def of(cls, item: Media, tags: tuple[str, ...] | list[str] = ()) -> Self:
        """The item with its links."""
        same = {name: getattr(item, name) for name in _SAME_IN_MEDIA}
        return cls(
            media_id=item.id,
            type=item.media_type,
            resource_uri=media_uri(item.id),
            url=link_to(item.filename),
            duration=item.duration_s,
            tags=list(tags),
            error=item.error_message,
            **same,
        )


_SAME_IN_MEDIA = (
    *("status", "prompt", "model", "task_id", "mime_type", "width_px", "height_px"),
    *("size_bytes", "is_favorite", "created_at"),
)


class MediaDetail(MediaAnswer):
    """An item, and what can be made from it."""

    actions: list[NextStep] = Field(description="What act_on_media can do with it.")


class ResultOut(Out):
    """One result of a task."""

    media_id: int
    status: Status
    resource_uri: str
    url: str | None


class TaskAnswer(Out):
    """A task: one generation and its results."""

    task_id: str
    type: Modality
    model: str
    prompt: str
    status: Status = Field(description="It has ended with `completed` or `failed`.")
    phase: Phase
    progress: float | None = Field(description="0–1 as reported by the provider; null if it reports none.")
    note: str | None = Field(description="What is happening, if the phase does not say it.")
    results: list[ResultOut]
    error: str | None
    error_code: ErrorCode | None
    may_have_cost: bool = Field(description="True if it failed, or may, and was perhaps charged.")
    credits_estimated: float | None
    credits_actual: float | None
    elapsed_s: int = Field(description="Since it was requested, until it ended.")
    created_at: datetime
    next_step: str = Field(description="What to call next.")

    @classmethod
    def of(cls, task: Task, media: list[Media], *, ends_with_client: bool) -> Self:
        """The task with its results. `ends_with_client`: nothing else runs it, if it is not finished."""
        same = {name: getattr(task, name) for name in _SAME_IN_TASK}
        until = task.completed_at if task.status in (Status.COMPLETED, Status.FAILED) else None
        return cls(
            type=task.modality,
            prompt=task.request.prompt,
            note=note_text(task),
            results=[
                ResultOut(
                    media_id=item.id, status=item.status, resource_uri=media_uri(item.id), url=link_to(item.filename)
                )
                for item in media
            ],
            error=task.error_message,
            elapsed_s=max(0, round(((until or utc_now()) - task.created_at).total_seconds())),
            next_step=_next_step(task, ends_with_client=ends_with_client),
            **same,
        )


_SAME_IN_TASK = (
    *("task_id", "model", "status", "phase", "progress", "error_code", "may_have_cost"),
    *("credits_estimated", "credits_actual", "created_at"),
)


def task_answer(call: Call, task: Task) -> TaskAnswer:
    """A task and its results, read now."""
    is_unfinished = task.status not in (Status.COMPLETED, Status.FAILED)
    media = call.studio.gallery.of_task(task.task_id)
    return TaskAnswer.of(task, media, ends_with_client=is_unfinished and call.ends_with_client())


def _next_step(task: Task, *, ends_with_client: bool) -> str:
    if task.status is Status.COMPLETED:
        return "Call get_media with a media_id of the results to see it."
    if task.status is Status.FAILED:
        return next_step(task)
    wait = f"Call wait_for_task with task_id “{task.task_id}”."
    if ends_with_client:
        return f"{wait} It continues only while this server or the app runs, and otherwise at the next start."
    return f"{wait} It continues by itself, also after a restart."
