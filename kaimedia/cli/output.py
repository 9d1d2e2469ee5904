"""Print tasks, media and errors: as JSON with the names of the REST API, or as plain lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from kaimedia import studio
from kaimedia.domain import HoldCode, Media, Modality, Status, Task
from kaimedia.errors import KaimediaError, NotFound, StaleTransition
from kaimedia.studio import note_text


def say(text: str) -> None:
    """Print a line to stderr."""
    print(printable(text), file=sys.stderr, flush=True)


def answer_json(document: Any) -> None:
    """Print the command's one JSON document to stdout, ASCII only if stdout cannot encode more."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        text = json.dumps(document, indent=2)
    print(text, flush=True)


def answer_error(error: KaimediaError, *, as_json: bool) -> None:
    """Print the error and its next step to stderr, and with `as_json` also as JSON to stdout."""
    say(f"{error.message}\n  → {next_step(error)}")
    if as_json:
        answer_json({"error": error_document(error)})


def next_step(error: KaimediaError) -> str:
    """What to do about an error; replaces default steps that only make sense on a page."""
    return error.next_step if error.has_own_step else _STEPS.get(type(error), error.next_step)


_STEPS: dict[type[KaimediaError], str] = {
    NotFound: "`python -m kaimedia list` shows the tasks, `list media` the gallery, `trash` what was deleted.",
    StaleTransition: "`python -m kaimedia get ID` shows its status. Nothing was changed.",
}


def error_document(error: KaimediaError) -> dict[str, str]:
    """An error as JSON; `field` is set only if a field is invalid."""
    document = {"detail": error.message, "code": error.code, "next_step": next_step(error)}
    if field := getattr(error, "field", None):
        document["field"] = field
    return document


def printable(text: str) -> str:
    """Untrusted text without terminal control characters."""
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 task", "12 tasks"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def one_line(text: str, max_chars: int) -> str:
    """Text on one line, cut at `max_chars` characters."""
    line = " ".join(printable(text).split())
    return line if len(line) <= max_chars else line[: max_chars - 1].rstrip() + "…"


def moment(at: datetime | None) -> str | None:
    """A time as ISO 8601, UTC."""
    return at.isoformat().replace("+00:00", "Z") if at else None


def local(at: datetime | None) -> str:
    """A time in this machine's time zone, with its offset."""
    if at is None:
        return "–"
    try:
        shown = at.astimezone()
    except (OverflowError, OSError, ValueError):  # outside the range the system supports
        shown = at
    return f"{shown:%Y-%m-%d %H:%M} {shown:%z}"


def task_document(task: Task, media: Sequence[Media]) -> dict[str, Any]:
    """A task as JSON, as in `GET /api/tasks/{task_id}`."""
    done = [item for item in media if item.status is Status.COMPLETED]
    urls = [url for item in done if (url := media_path(item.filename))]
    return {name: _as_json(value) for name, value in studio.task_document(task, urls).items()}


def media_document(item: Media, tags: Iterable[str]) -> dict[str, Any]:
    """A gallery item as JSON, as in `GET /api/media/{id}`; `fetchable_until` is known only to the running app."""
    return {name: _as_json(value) for name, value in studio.media_document(item, tags, media_path).items()}


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    return value.value if isinstance(value, Enum) else value


def media_path(name: str | None, *, download: bool = False) -> str | None:
    """The URL path of a stored file; with sign-in on, it needs the API token."""
    return f"/static/media/{name}{'?download=1' if download else ''}" if name else None


def task_row(task: Task) -> str:
    """A task on one line: id, state, model, time, prompt."""
    on_hold = "paused" if task.hold_code is HoldCode.PAUSED else "held"
    state = on_hold if task.hold_code else task.error_code.value if task.error_code else task.phase.value
    when = local(task.created_at)
    return f"{task.task_id}  {state:15}  {task.model:18}  {when}  {one_line(task.request.prompt, 60)}"


def media_row(item: Media) -> str:
    """An item on one line: id, type, model, time, file (or status if there is none), prompt."""
    when = local(item.created_at)
    star = "★" if item.is_favorite else " "
    prompt = one_line(item.prompt, 50)
    file = item.filename or item.status.value
    return f"{item.id:>6} {star} {item.media_type.value:5}  {item.model:18}  {when}  {file}  {prompt}"


def task_lines(task: Task, media: Sequence[Media]) -> list[str]:
    """A task in full, as lines of text."""
    what = (
        f"{task.request.variants} × image" if task.modality is Modality.IMAGE else f"{task.request.duration_s} s video"
    )
    lines = [
        f"task      {task.task_id}",
        f"status    {task.status.value}, {task.phase.value}",
        f"request   {what}, {task.request.aspect_ratio}, {task.model}, {local(task.created_at)}",
        f"prompt    {one_line(task.request.prompt, 400)}",
    ]
    if note := note_text(task):
        lines.append(f"note      {one_line(note, 400)}")
    if task.error_code:
        cost = "; it may have been charged" if task.may_have_cost else ""
        lines.append(f"error     {task.error_code.value}{cost}: {one_line(task.error_message or '', 400)}")
    lines += [f"result    {item.id}  {item.filename}" for item in media if item.filename]
    return lines


def media_lines(item: Media) -> list[str]:
    """An item in full, as lines of text."""
    size = f"{item.width_px} x {item.height_px} px, {item.size_bytes or 0:,} bytes, {item.mime_type}"
    lines = [
        f"item      {item.id}, {item.media_type.value}, {item.status.value}",
        f"made      {item.model}, {item.aspect_ratio}, {local(item.completed_at)}, task {item.task_id}",
        f"prompt    {one_line(item.prompt, 400)}",
        f"file      {item.filename}, {size}" if item.filename else "file      –",
    ]
    if item.error_message:
        lines.append(f"error     {one_line(item.error_message, 400)}")
    return lines
