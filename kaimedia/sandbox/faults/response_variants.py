"""The wire forms of a record's fields: the usual ones, and odd ones when a fault asks for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kaimedia.sandbox.protocol.replies import ABSENT
from kaimedia.sandbox.task import SandboxTask, State, TaskSnapshot


def links(task: SandboxTask, urls: tuple[str, ...]) -> dict[str, Any]:
    """The result links under their key."""
    value: Any = list(urls)
    if task.has("urls_json_string"):
        value = json.dumps(value)
    elif task.has("urls_bracket"):
        value = f"[{','.join(urls)}]"
    elif task.has("urls_plain"):
        value = urls[0] if urls else ""
    elif task.has("urls_objects"):
        value = [{"url": url} for url in urls]
    if task.has("urls_works"):
        return {"works": [{"resource": {"resource": url}, "cover": {"resource": f"{url}.cover"}} for url in urls]}
    return {"result_urls" if task.has("urls_snake") else "resultUrls": value}


def response(task: SandboxTask, value: Mapping[str, Any] | None) -> Any:
    """The `response` field: an object, null, or a string that holds it."""
    if value is not None and task.has("response_as_string"):
        return json.dumps(value)
    return value


def flag(task: SandboxTask, value: int, *, is_running: bool) -> Any:
    """`successFlag`: an int unless a fault changes it."""
    if is_running and task.has("unknown_state"):
        value = 7
    if value == 1 and task.has("flag_true"):
        return True
    return str(value) if task.has("flag_string") else value


def word(task: SandboxTask, snapshot: TaskSnapshot, spelling: Mapping[State, str]) -> str:
    """The state word."""
    text = spelling[snapshot.state]
    if task.has("unknown_state") and snapshot.state in (State.RUNNING, State.FINISHING):
        text = "polishing"
    return text.upper() if task.has("state_upper") else text


def progress(task: SandboxTask, usual: Any, *, is_running: bool) -> Any:
    """Progress as the family reports it, ABSENT where it reports none."""
    if task.has("progress_absent"):
        return ABSENT
    if task.has("progress_null"):
        return None
    if is_running and task.has("progress_100"):
        return "100"
    if is_running and task.has("progress_50"):
        return 50
    return usual


def time(task: SandboxTask, ms: int | None) -> Any:
    """A time: whole milliseconds, or text with `times_as_text`."""
    if ms is None or not task.has("times_as_text"):
        return ms
    return as_text(ms)


def as_text(ms: int) -> str:
    """A time in the format of the older docs pages."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def present(data: Mapping[str, Any]) -> dict[str, Any]:
    """The record without its ABSENT fields."""
    return {key: value for key, value in data.items() if value is not ABSENT}
