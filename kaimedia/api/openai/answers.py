"""What image requests are answered: the images, or why there are none."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urljoin

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kaimedia.api.addresses import api_url, media_url
from kaimedia.api.openai.errors import NO_RETRY
from kaimedia.api.openai.request import ImageRequest
from kaimedia.api.openai.submission import ENDED
from kaimedia.api.problems import problem
from kaimedia.domain import ErrorCode, Media, Status, Task, utc_now
from kaimedia.studio import Studio, next_step

MAX_IMAGE_BYTES = 100_000_000
RETRY_AFTER_S = "2"
_STATUS: Mapping[ErrorCode, int] = {
    ErrorCode.REJECTED: 400,
    ErrorCode.MODERATED: 400,
    ErrorCode.BAD_REFERENCE: 400,
    ErrorCode.NO_CREDITS: 402,
    ErrorCode.RETIRED_MODEL: 409,
    ErrorCode.CANCELLED: 409,
}
_CODES: Mapping[ErrorCode, str] = {ErrorCode.MODERATED: "moderation_blocked"}  # OpenAI's name for it


def answer(request: Request, studio: Studio, body: ImageRequest, tasks: Sequence[Task], wait_s: float) -> Response:
    """The images of the tasks that have some; else why the first has none, or that it is not finished yet."""
    unfinished = next((task for task in tasks if task.status not in ENDED), None)
    if unfinished is not None:
        return _not_finished(unfinished, wait_s)
    made = [task for task in tasks if task.status is Status.COMPLETED]
    media = [item for task in made for item in studio.gallery.of_task(task.task_id) if item.filename]
    if not media:
        return _failed(tasks[0]) if tasks else problem(404, "not_found", "The task was deleted.", headers=NO_RETRY)
    media = media[: body.n]  # some models make more at once
    images = list(_images(request, studio, body, media))
    if not images:
        return _gone(made[0])
    document: dict[str, Any] = {
        "created": int((made[0].completed_at or utc_now()).timestamp()),
        "data": images,
        "output_format": body.output_format or (media[0].mime_type or "").rpartition("/")[2],
        "model": made[0].model,
        "task_ids": [task.task_id for task in made],
        "media_ids": [item.id for item in media],
    }
    if media[0].width_px and media[0].height_px:
        document["size"] = f"{media[0].width_px}x{media[0].height_px}"
    return JSONResponse(document)


def _images(request: Request, studio: Studio, body: ImageRequest, media: Sequence[Media]) -> Iterator[dict[str, str]]:
    for item in media:
        name = item.filename or ""
        if body.is_url:
            yield {"url": absolute(request, media_url(name) or "")}
            continue
        wanted = f"image/{body.output_format}" if body.output_format else None
        data = studio.gallery.image_in(item, wanted, MAX_IMAGE_BYTES)
        if data is not None:
            yield {"b64_json": base64.b64encode(data).decode()}


def absolute(request: Request, address: str) -> str:
    """An address of ours for a program elsewhere, by the names under which it called."""
    proto = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip()
    scheme = proto if proto in ("http", "https") else request.url.scheme
    return urljoin(f"{scheme}://{request.headers.get('host', '')}{request.url.path}", address)


def _not_finished(task: Task, wait_s: float) -> Response:
    return problem(
        504,
        "not_finished",
        f"After {wait_s:.0f} s, task {task.task_id} is not finished yet. It continues, and its images are kept.",
        next_step="Send the same request again to go on waiting; it does not cost anything more. Or ask "
        f"`GET /api/tasks/{task.task_id}`.",
        headers={"Retry-After": RETRY_AFTER_S, "Location": api_url(f"/tasks/{task.task_id}")},
    )


def _gone(task: Task) -> Response:
    return problem(
        410,
        "file_gone",
        f"The images of task {task.task_id} were made, but their files are gone or too large to send.",
        next_step="Look at them in the gallery, or use “response_format”: “url”.",
        headers={**NO_RETRY, "Location": api_url(f"/tasks/{task.task_id}")},
    )


def _failed(task: Task) -> Response:
    code = task.error_code or ErrorCode.PROVIDER_FAILED
    return problem(
        _STATUS.get(code, 502),
        _CODES.get(code, code.value),
        task.error_message or "The image could not be made.",
        next_step=next_step(task),
        headers={**NO_RETRY, "Location": api_url(f"/tasks/{task.task_id}")},
    )
