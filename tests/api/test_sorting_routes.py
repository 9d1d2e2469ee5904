"""Trash, tags, collections and changes of several items over HTTP."""

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
    """Two images of a boat and one of a kite, oldest first."""
    requests = (image_request("a boat", variants=2), image_request("a kite"))
    return [each.id for request in requests for each in finished(context, request)[1]]


def ids(client: TestClient, path: str = "media", **query: Any) -> list[int]:
    return [item["id"] for item in client.get(f"/api/{path}", params=query).json()["items"]]


def test_the_trash_is_listed_and_given_back(client: TestClient, made: list[int]) -> None:
    first, second, third = made
    for each in (first, third):
        assert client.delete(f"/api/media/{each}").status_code == 200
    trash = client.get("/api/trash").json()
    assert [item["id"] for item in trash["items"]] == [third, first]
    assert (trash["total"], trash["kept_days"], trash["next_cursor"]) == (2, 30, None)
    assert trash["size_bytes"] == sum(item["size_bytes"] for item in trash["items"]) > 0
    assert all(item["deleted_at"] for item in trash["items"])
    page = client.get("/api/trash", params={"limit": 1}).json()
    assert ids(client, "trash", limit=1, cursor=page["next_cursor"]) == [first]
    is_problem(client.get("/api/trash", params={"cursor": "abc"}), 404, "not_found")
    assert client.post("/api/trash/restore", json={"media_ids": [first, second, 99]}).json() == {"restored": 1}
    assert ids(client) == [second, first]
    assert client.get(f"/api/media/{first}").json()["deleted_at"] is None


def test_only_what_is_in_the_trash_goes_for_good(client: TestClient, made: list[int], context: AppContext) -> None:
    first, second, third = made
    is_problem(client.delete(f"/api/trash/{first}"), 404, "not_found")
    assert client.get(f"/api/media/{first}").status_code == 200
    name = context.studio.gallery.get(first).filename or ""
    client.delete(f"/api/media/{first}")
    assert client.delete(f"/api/trash/{first}").json() == {"deleted": 1}
    assert context.storage.facts(name) is None
    is_problem(client.delete(f"/api/trash/{first}"), 404, "not_found")
    is_problem(client.post(f"/api/media/{first}/restore"), 404, "not_found")
    client.delete(f"/api/media/{second}")
    assert client.delete("/api/trash/all").json() == {"deleted": 1}
    assert client.delete("/api/trash/all").json() == {"deleted": 0}
    assert ids(client) == [third]


def test_what_may_still_yield_something_stays_in_the_trash(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    accepted = ask(client, "a late one")
    late = {"phase": Phase.FAILED, "error_code": ErrorCode.EXPIRED, "error_message": "late", "due_at": utc_now()}
    context.stores.task_updater.change(TaskChange(accepted["task_id"], frozenset(Phase), late), utc_now())
    media_id = accepted["media_id"]
    assert client.delete(f"/api/media/{media_id}").status_code == 200
    is_problem(client.delete(f"/api/trash/{media_id}"), 409, "stale")
    assert client.delete("/api/trash/all").json() == {"deleted": 0}
    assert ids(client, "trash") == [media_id]


def test_tags_are_put_on_and_taken_off_one_item(client: TestClient, made: list[int]) -> None:
    first, second, _ = made
    path = f"/api/media/{first}"
    assert client.patch(path, json={"add_tags": ["Blue", "sold"]}).json()["tags"] == ["Blue", "sold"]
    assert client.patch(path, json={"add_tags": ["BLUE", "new"]}).json()["tags"] == ["Blue", "new", "sold"]
    assert client.patch(path, json={"remove_tags": ["blue", "none"]}).json()["tags"] == ["new", "sold"]
    both = {"tags": ["a", "b"], "add_tags": ["c"], "remove_tags": ["A"], "is_favorite": True}
    answer = client.patch(path, json=both).json()
    assert (answer["tags"], answer["is_favorite"]) == (["b", "c"], True)
    client.patch(f"/api/media/{second}", json={"tags": ["c"]})
    assert client.get("/api/tags").json() == {"items": [{"name": "c", "count": 2}, {"name": "b", "count": 1}]}


def test_an_item_has_thirty_tags_at_most(client: TestClient, made: list[int]) -> None:
    path = f"/api/media/{made[0]}"
    client.patch(path, json={"tags": [f"t{n}" for n in range(30)]})
    is_problem(client.patch(path, json={"add_tags": ["one more"]}), 409, "conflict", "tags")
    body = {"media_ids": made, "add_tags": ["one more"], "is_favorite": True}
    is_problem(client.patch("/api/media", json=body), 409, "conflict", "tags")
    assert ids(client, tag="one more") == ids(client, favorite="true") == []


def test_many_items_are_changed_at_once(client: TestClient, made: list[int]) -> None:
    first, second, third = made
    client.delete(f"/api/media/{third}")
    body = {"media_ids": [first, second, second, third, 99], "add_tags": ["both"], "is_favorite": True}
    assert client.patch("/api/media", json=body).json() == {"matched": 2}
    assert ids(client, tag="both") == ids(client, favorite="true") == [second, first]
    client.patch("/api/media", json={"media_ids": [first], "remove_tags": ["Both"], "is_favorite": False})
    assert ids(client, tag="both") == ids(client, favorite="true") == [second]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"media_ids": [1]}, "body"),
        ({"is_favorite": True}, "media_ids"),
        ({"media_ids": [], "is_favorite": True}, "media_ids"),
        ({"media_ids": [0], "is_favorite": True}, "media_ids"),
        ({"media_ids": [True], "is_favorite": True}, "media_ids"),
        ({"media_ids": list(range(1, 1002)), "is_favorite": True}, "media_ids"),
        ({"media_ids": [1], "add_tags": [" "]}, "add_tags"),
        ({"media_ids": [1], "remove_tags": ["x" * 41]}, "remove_tags"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_change_of_many_is_named(client: TestClient, body: dict[str, Any], field: str) -> None:
    is_problem(client.patch("/api/media", json=body), 422, "invalid_request", field)


def test_a_collection_from_making_to_removing(client: TestClient, made: list[int]) -> None:
    first, second, third = made
    answer = client.post("/api/collections", json={"name": " Boats ", "media_ids": [first]})
    assert answer.status_code == 201
    boats = answer.json()
    assert (boats["name"], boats["count"]) == ("Boats", 1)
    path = answer.headers["location"]
    assert path == f"/api/collections/{boats['id']}"
    change = {"name": "All", "add_media_ids": [second, third, 99], "remove_media_ids": [first]}
    changed = client.patch(path, json=change).json()
    assert changed == {**boats, "name": "All", "count": 2} == client.get(path).json()
    assert ids(client, collection=boats["id"]) == [third, second]
    assert client.get("/api/collections").json() == {"items": [changed]}
    client.delete(f"/api/media/{third}")
    assert client.get(path).json()["count"] == 1
    assert client.delete(path).json()["name"] == "All"
    for method, body in (("GET", None), ("DELETE", None), ("PATCH", {"name": "x"})):
        is_problem(client.request(method, path, json=body), 404, "not_found")
    assert ids(client) == [second, first]


def test_collection_names_are_unique_and_readable(client: TestClient) -> None:
    one = client.post("/api/collections", json={"name": "One"}).json()
    client.post("/api/collections", json={"name": "Two"})
    is_problem(client.post("/api/collections", json={"name": "ONE"}), 409, "conflict", "name")
    is_problem(client.patch(f"/api/collections/{one['id']}", json={"name": "two"}), 409, "conflict", "name")
    for name in ("", "   ", "x" * 81, "a\nb"):
        is_problem(client.post("/api/collections", json={"name": name}), 422, "invalid_request", "name")
    is_problem(client.patch(f"/api/collections/{one['id']}", json={}), 422, "invalid_request", "body")
