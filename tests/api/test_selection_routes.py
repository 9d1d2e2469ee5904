"""Several items in one request: delete, restore, delete permanently; remove a tag everywhere."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, Phase, TaskChange, utc_now
from tests.api.conftest import ask, is_problem
from tests.conftest import image_request
from tests.finished import finished


@pytest.fixture
def made(client: TestClient, context: AppContext) -> list[int]:
    """Four images, oldest first."""
    return [each.id for each in finished(context, image_request("boats", variants=4))[1]]


def ids(client: TestClient, path: str = "media", **query: Any) -> list[int]:
    return sorted(item["id"] for item in client.get(f"/api/{path}", params=query).json()["items"])


def test_many_go_into_the_trash_and_come_back(client: TestClient, made: list[int]) -> None:
    first, second, third, fourth = made
    body = {"media_ids": [third, first, first, 99]}
    gone = client.post("/api/media/delete", json=body)
    assert gone.json() == {"deleted": 2, "media_ids": [first, third]}
    assert ids(client) == [second, fourth] and ids(client, "trash") == [first, third]
    assert client.post("/api/media/delete", json=body).json() == {"deleted": 0, "media_ids": []}
    back = client.post("/api/trash/restore", json={"media_ids": gone.json()["media_ids"]})
    assert back.json() == {"restored": 2} and ids(client) == made


def test_what_is_still_made_is_passed_over(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    media_id = ask(client)["media_id"]
    assert client.post("/api/media/delete", json={"media_ids": [media_id]}).json() == {"deleted": 0, "media_ids": []}
    assert ids(client, view="working") == [media_id]


def test_everything_comes_back(client: TestClient, made: list[int]) -> None:
    client.delete("/api/media/all")
    assert client.post("/api/trash/all/restore").json() == {"restored": 4}
    assert client.post("/api/trash/all/restore").json() == {"restored": 0}
    assert ids(client) == made


def test_many_go_for_good_from_the_trash_only(client: TestClient, made: list[int], context: AppContext) -> None:
    first, second, third, fourth = made
    names = {each: context.studio.gallery.get(each).filename or "" for each in made}
    client.post("/api/media/delete", json={"media_ids": [first, second, third]})
    assert client.post("/api/trash/delete", json={"media_ids": [first, third, fourth, 99]}).json() == {"deleted": 2}
    assert ids(client, "trash") == [second] and ids(client) == [fourth]
    assert [each for each in made if context.storage.facts(names[each])] == [second, fourth]


def test_what_may_still_yield_something_is_kept(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    accepted = ask(client, "a late one")
    late = {"phase": Phase.FAILED, "error_code": ErrorCode.EXPIRED, "error_message": "late", "due_at": utc_now()}
    context.stores.task_updater.change(TaskChange(accepted["task_id"], frozenset(Phase), late), utc_now())
    which = {"media_ids": accepted["media_ids"]}
    assert client.post("/api/media/delete", json=which).json()["deleted"] == 1
    assert client.post("/api/trash/delete", json=which).json() == {"deleted": 0}
    assert ids(client, "trash") == accepted["media_ids"]


@pytest.mark.parametrize("path", ["media/delete", "trash/restore", "trash/delete"])
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "media_ids"),
        ({"media_ids": []}, "media_ids"),
        ({"media_ids": [0]}, "media_ids"),
        ({"media_ids": ["1"]}, "media_ids"),
        ({"media_ids": list(range(1, 1002))}, "media_ids"),
        ({"media_ids": [1], "type": "image"}, "type"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_selection_is_named(client: TestClient, path: str, body: dict[str, Any], field: str) -> None:
    problem = client.post(f"/api/{path}", json=body)
    assert problem.json()["field"].startswith(field)
    is_problem(problem, 422, "invalid_request", problem.json()["field"])


def test_a_tag_is_taken_off_everything(client: TestClient, made: list[int]) -> None:
    first, second, third, _ = made
    client.patch("/api/media", json={"media_ids": [first, second, third], "add_tags": ["Sold", "blue"]})
    client.post("/api/media/delete", json={"media_ids": [third]})
    assert client.delete("/api/tags", params={"name": "SOLD"}).json() == {"matched": 3}
    assert client.delete("/api/tags", params={"name": "sold"}).json() == {"matched": 0}
    client.post("/api/trash/all/restore")
    assert client.get("/api/tags").json() == {"items": [{"name": "blue", "count": 3}]}
    is_problem(client.delete("/api/tags"), 422, "invalid_request", "name")
    is_problem(client.delete("/api/tags", params={"name": " "}), 422, "invalid_request", "name")
