"""Reading tasks and acting on them, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, Phase, TaskChange, utc_now
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.api.conftest import ask, is_problem
from tests.conftest import wait_for_phase
from tests.engine.test_task_lifecycle import sandbox_tasks


def fail(context: AppContext, task_id: str, code: ErrorCode) -> None:
    fields: dict[str, Any] = {"phase": Phase.FAILED, "error_code": code, "error_message": "So it is.", "due_at": None}
    context.stores.task_updater.change(TaskChange(task_id, frozenset(Phase), fields), utc_now())


def test_pages_give_every_task_once(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    made = [ask(client, f"boat {number}")["task_id"] for number in range(7)]
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/tasks", params=query).json()
        assert page["total"] == 7 and len(page["items"]) <= 3
        seen += [task["task_id"] for task in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == made[::-1]


def test_the_status_filters(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    first, second = (ask(client)["task_id"] for _ in range(2))
    fail(context, first, ErrorCode.REJECTED)
    failed = client.get("/api/tasks", params={"status": "failed"}).json()["items"]
    assert [(task["task_id"], task["error_code"], task["error"]) for task in failed] == [
        (first, "rejected", "So it is.")
    ]
    pending = client.get("/api/tasks", params={"status": "pending"}).json()["items"]
    assert [task["task_id"] for task in pending] == [second]
    is_problem(client.get("/api/tasks", params={"status": "odd"}), 422, "invalid_request", "status")


@pytest.mark.parametrize("cursor", ["abc", "W10", "eyJhIjoxfQ"])
def test_a_cursor_of_nowhere_is_not_found(idle: tuple[TestClient, AppContext], cursor: str) -> None:
    is_problem(idle[0].get("/api/tasks", params={"cursor": cursor}), 404, "not_found")


@pytest.mark.parametrize("limit", ["0", "101", "x", "-1"])
def test_a_page_has_bounds(idle: tuple[TestClient, AppContext], limit: str) -> None:
    is_problem(idle[0].get("/api/tasks", params={"limit": limit}), 422, "invalid_request", "limit")


def test_what_is_not_there(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    is_problem(client.get(f"/api/tasks/{'0' * 32}"), 404, "not_found")
    for what in ("cancel", "retry"):
        is_problem(client.post(f"/api/tasks/{'0' * 32}/{what}"), 404, "not_found")
    is_problem(client.post(f"/api/tasks/{'0' * 32}/resolve", json={"dismiss": True}), 404, "not_found")


def test_cancelling_is_free_before_it_is_sent(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    task_id = ask(client)["task_id"]
    task = client.post(f"/api/tasks/{task_id}/cancel").json()
    assert (task["status"], task["error_code"], task["may_have_cost"]) == ("failed", "cancelled", False)
    is_problem(client.post(f"/api/tasks/{task_id}/cancel"), 409, "stale")


def test_trying_again_makes_one_new_task_however_often_it_is_called(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    task_id = ask(client)["task_id"]
    is_problem(client.post(f"/api/tasks/{task_id}/retry"), 409, "stale")
    fail(context, task_id, ErrorCode.OUTCOME_UNKNOWN)
    first, again = (client.post(f"/api/tasks/{task_id}/retry").json() for _ in range(2))
    assert first["task_id"] == again["task_id"] != task_id
    assert first["retry_of"] == task_id and context.studio.tasks.page().total == 2


def test_an_unknown_outcome_is_settled_by_the_providers_id(
    client: TestClient, context: AppContext, sandbox: EmbeddedSandbox
) -> None:
    task_id = ask(client, "x [fault:create_accepted_reset]")["task_id"]
    wait_for_phase(context, task_id, Phase.FAILED)
    lost = client.get(f"/api/tasks/{task_id}").json()
    assert (lost["error_code"], lost["may_have_cost"]) == ("outcome_unknown", True)
    for body in (
        {"provider_task_id": ""},
        {"provider_task_id": "a b"},
        {"dismiss": False},
        {},
        {"dismiss": True, "x": 1},
    ):
        assert client.post(f"/api/tasks/{task_id}/resolve", json=body).status_code == 422
    unknown = client.post(f"/api/tasks/{task_id}/resolve", json={"provider_task_id": "nonsense-123"})
    is_problem(unknown, 422, "invalid_request", "provider_task_id")
    assert unknown.json()["detail"].startswith("The sandbox has no such task.")
    assert client.get(f"/api/tasks/{task_id}").json() == lost
    theirs = sandbox_tasks(sandbox)[0]["task_id"]
    task = client.post(f"/api/tasks/{task_id}/resolve", json={"provider_task_id": theirs}).json()
    assert (task["status"], task["provider_task_id"], task["error_code"]) == ("processing", theirs, None)
    is_problem(client.post(f"/api/tasks/{task_id}/resolve", json={"provider_task_id": theirs}), 409, "stale")


def test_dismissing_leaves_the_row(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    task_id = ask(client)["task_id"]
    is_problem(client.post(f"/api/tasks/{task_id}/resolve", json={"dismiss": True}), 409, "stale")
    fail(context, task_id, ErrorCode.OUTCOME_UNKNOWN)
    assert client.post(f"/api/tasks/{task_id}/resolve", json={"dismiss": True}).json()["status"] == "failed"
    assert context.studio.tasks.shown() == []
    assert client.get(f"/api/tasks/{task_id}").status_code == 200
