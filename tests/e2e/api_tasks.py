"""Submits tasks to a running app over its API: faster than the page, and needs no open tab."""

from __future__ import annotations

import json
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.e2e.conftest import App

IMAGE, VIDEO = {"model": "gpt4o-image", "aspect_ratio": "1:1"}, {"model": "veo3_fast"}


def submit(app: App, prompt: str, kind: str = "images") -> str:
    """Request one image (or video, with `videos`); returns the task id."""
    body = {"prompt": prompt, **(VIDEO if kind == "videos" else IMAGE)}
    request = urllib.request.Request(
        f"{app.url}/api/{kind}/generate", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    return str(_response(request)["task_id"])


def wait_for_end(app: App, task_id: str, status: str = "completed") -> None:
    """Wait until that task has ended, and assert its status."""
    until = time.monotonic() + 90
    while (found := _response(f"{app.url}/api/tasks/{task_id}")["status"]) not in ("completed", "failed"):
        assert time.monotonic() < until, found
        time.sleep(0.1)
    assert found == status


def make(app: App, *prompts: str, kind: str = "images") -> None:
    """Generate one image (or video) per prompt, one after another: the last is the newest."""
    for prompt in prompts:
        wait_for_end(app, submit(app, prompt, kind))


def media_of(app: App, prompt: str) -> list[dict[str, Any]]:
    """The items in the gallery with these words in their prompt, as the API describes them."""
    found: list[dict[str, Any]] = _response(f"{app.url}/api/media?q={urllib.parse.quote(prompt)}")["items"]
    return found


def files_of(app: App, prompt: str) -> list[Path]:
    """Their files."""
    return [app.media / item["url"].rpartition("/")[2] for item in media_of(app, prompt)]


def _response(request: urllib.request.Request | str) -> Any:
    with urllib.request.urlopen(request, timeout=20) as response:
        return json.load(response)
