"""Asking a running app for pictures and clips over its API: quicker than by the page, and no tab need be open."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.e2e.conftest import App

IMAGE, CLIP = {"model": "gpt4o-image", "aspect_ratio": "1:1"}, {"model": "veo3_fast"}


def ask(app: App, prompt: str, kind: str = "images") -> str:
    """Ask for one picture (or clip, with `videos`); the task's id."""
    wish = {"prompt": prompt, **(CLIP if kind == "videos" else IMAGE)}
    asked = urllib.request.Request(
        f"{app.url}/api/{kind}/generate", json.dumps(wish).encode(), {"Content-Type": "application/json"}
    )
    return str(_answer(asked)["task_id"])


def ended(app: App, task_id: str, status: str = "completed") -> None:
    """Wait until that task has come to its end, and hold it to be this one."""
    until = time.monotonic() + 90
    while (found := _answer(f"{app.url}/api/tasks/{task_id}")["status"]) not in ("completed", "failed"):
        assert time.monotonic() < until, found
        time.sleep(0.1)
    assert found == status


def make(app: App, *prompts: str, kind: str = "images") -> None:
    """One picture (or clip) for each prompt, one after the other: the last is the newest."""
    for prompt in prompts:
        ended(app, ask(app, prompt, kind))


def _answer(asked: urllib.request.Request | str) -> Any:
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return json.load(answer)
