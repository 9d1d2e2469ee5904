"""Callbacks of every family, and the tasks they are for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.testclient import TestClient

from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, Phase, Task, TaskChange, utc_now
from tests.conftest import image_request

HMAC_KEY = "webhook-key-of-the-account"
THEIRS = "a1b2c3"
PAYLOADS: dict[str, dict[str, Any]] = {
    "gpt4o": {"code": 200, "msg": "success", "data": {"taskId": THEIRS, "info": {"result_urls": ["https://x/1.png"]}}},
    "gpt4o failed": {"code": 400, "msg": "no", "data": {"taskId": THEIRS, "info": None}},
    "veo": {"code": 200, "data": {"taskId": THEIRS, "info": {"resultUrls": "[https://x/v]"}, "fallbackFlag": False}},
    "veo failed": {"code": 501, "msg": "no", "data": {"taskId": THEIRS, "fallbackFlag": False}},
    "runway": {"code": 200, "data": {"task_id": THEIRS, "video_id": "v", "video_url": "https://x", "image_url": ""}},
    "runway failed": {"code": 400, "msg": "no", "data": {"task_id": THEIRS}},
    "market": {"code": 200, "data": {"taskId": THEIRS, "state": "success", "resultJson": '{"resultUrls":[]}'}},
    "at the root": {"code": 200, "taskId": THEIRS, "data": None},
    "names nobody": {"code": 200, "msg": "success"},
}


def put(context: AppContext, task: Task, phase: Phase, **fields: Any) -> Task:
    """Bring a task to a phase, as the engine would."""
    return context.stores.task_updater.change(
        TaskChange(task.task_id, frozenset(Phase), {"phase": phase, **fields}), utc_now()
    )


def watched(context: AppContext, **fields: Any) -> Task:
    """A task accepted by the provider, next poll in an hour."""
    task = context.studio.tasks.submit(image_request())
    later = utc_now() + timedelta(hours=1)
    return put(context, task, Phase.WAITING, **{"provider_task_id": THEIRS, "due_at": later, **fields})


def lost(context: AppContext) -> Task:
    """A task whose reply was lost."""
    task = context.studio.tasks.submit(image_request())
    facts = {"error_code": ErrorCode.OUTCOME_UNKNOWN, "error_message": "Lost.", "due_at": None, "may_have_cost": True}
    return put(context, task, Phase.FAILED, **facts)


def call(client: TestClient, nonce: str, payload: Any, **headers: str) -> None:
    answer = client.post(f"/api/callbacks/kie/{nonce}", json=payload, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"status": "acknowledged"})


def is_due(context: AppContext, task: Task) -> bool:
    due_at = context.studio.tasks.get(task.task_id).due_at
    return due_at is not None and due_at <= utc_now()
