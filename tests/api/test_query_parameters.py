"""Unknown query parameters are reported, not ignored."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from kaimedia.context import AppContext
from kaimedia.domain import Phase
from tests.api.conftest import ask, is_problem
from tests.conftest import wait_for_phase

LISTS = ("tasks", "media", "trash", "tags", "collections", "models", "settings", "credits")


@pytest.mark.parametrize("path", LISTS)
def test_an_unknown_parameter_is_named(idle: tuple[TestClient, AppContext], path: str) -> None:
    client, _ = idle
    assert client.get(f"/api/{path}").status_code == 200
    is_problem(client.get(f"/api/{path}", params={"colour": "red"}), 422, "invalid_request", "colour")


def test_a_mistyped_filter_gets_the_one_that_was_meant(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    for typed, meant in (("tpye", "type"), ("favourite", "favorite"), ("created_form", "created_from")):
        answer = client.get("/api/media", params={"limit": 5, typed: "x"})
        is_problem(answer, 422, "invalid_request", typed)
        assert f"Did you mean “{meant}”?" in answer.json()["detail"] and "collection" in answer.json()["next_step"]
    answer = client.get("/api/tags", params={"q": "x"}).json()
    assert "Did you mean" not in answer["detail"] and "none" in answer["next_step"]


def test_what_is_given_twice_is_named(idle: tuple[TestClient, AppContext]) -> None:
    is_problem(idle[0].get("/api/media?tag=a&tag=b"), 422, "invalid_request", "tag")


def test_a_filter_narrows_no_deleting(client: TestClient, context: AppContext) -> None:
    accepted = ask(client, "a boat")
    wait_for_phase(context, accepted["task_id"], Phase.DONE)
    is_problem(client.delete("/api/media/all", params={"type": "video"}), 422, "invalid_request", "type")
    is_problem(client.delete(f"/api/media/{accepted['media_id']}?dry_run=true"), 422, "invalid_request", "dry_run")
    is_problem(client.post("/api/images/generate?prompt=x", json={"prompt": "x"}), 422, "invalid_request", "prompt")
    assert client.get("/api/media").json()["total"] == client.get("/api/tasks").json()["total"] == 1


def test_a_name_is_shown_as_text(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    is_problem(client.get("/api/tasks?a%0Ab%1b=1"), 422, "invalid_request", "ab")
    assert len(client.get(f"/api/tasks?{'x' * 500}=1").json()["field"]) == 80
    is_problem(client.get("/api/tasks?runway=1"), 422, "invalid_request", "runway")
    is_problem(client.get("/api/tasks?=1"), 422, "invalid_request", "")


def test_reading_one_item_takes_any_query(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    task_id = ask(client)["task_id"]
    assert client.get(f"/api/tasks/{task_id}", params={"_": "1764430000"}).json()["task_id"] == task_id
    is_problem(client.get("/api/media/99", params={"_": "1"}), 404, "not_found")


@pytest.mark.parametrize("path", ["health", "ready", "metrics", "docs", "openapi.json"])
def test_probes_may_add_their_own(idle: tuple[TestClient, AppContext], path: str) -> None:
    assert idle[0].get(f"/api/{path}", params={"probe": "1"}).status_code in (200, 503)


def test_callbacks_take_any_query(idle: tuple[TestClient, AppContext]) -> None:
    assert idle[0].post("/api/callbacks/kie/nobody?x=1", json={}).status_code == 200
