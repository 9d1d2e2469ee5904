"""The gallery over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from kaimedia.api.schemas import MediaOut, PageOut, TaskOut
from kaimedia.context import AppContext
from tests.api.conftest import ask, is_problem
from tests.conftest import image_request, video_request
from tests.finished import finished


@pytest.fixture
def made(client: TestClient, context: AppContext) -> list[int]:
    """Two images of a boat and a video of a kite, oldest first."""
    requests = (image_request("a boat", variants=2), video_request("a kite", model="runway"))
    return [each.id for request in requests for each in finished(context, request)[1]]


def ids(client: TestClient, **query: Any) -> list[int]:
    return [item["id"] for item in client.get("/api/media", params=query).json()["items"]]


def test_filters_order_and_pages(client: TestClient, made: list[int]) -> None:
    first, second, video = made
    assert ids(client) == [video, second, first]
    assert ids(client, sort_by="oldest") == made
    assert ids(client, type="video") == [video]
    assert ids(client, model="gpt4o-image") == [second, first]
    assert ids(client, q="KITE") == [video]
    assert ids(client, q="\x00") == [video, second, first]
    assert client.patch(f"/api/media/{second}", json={"is_favorite": True}).json()["is_favorite"]
    assert ids(client, favorite="true") == [second]
    assert ids(client, favorite="false") == [video, second, first]
    page = client.get("/api/media", params={"limit": 2, "sort_by": "oldest"}).json()
    assert page["total"] == 3
    assert ids(client, limit=2, sort_by="oldest", cursor=page["next_cursor"]) == [video]
    tasks_cursor = client.get("/api/tasks", params={"limit": 1}).json()["next_cursor"]
    is_problem(client.get("/api/media", params={"cursor": tasks_cursor}), 404, "not_found")


def test_what_is_not_validated_fits_the_schemas(client: TestClient, made: list[int]) -> None:
    """These routes write their fields as they are; a schema would write the same."""
    tasks, media = client.get("/api/tasks"), client.get("/api/media")
    assert PageOut[TaskOut].model_validate_json(tasks.text, strict=True).model_dump_json() == tasks.text
    assert PageOut[MediaOut].model_validate_json(media.text, strict=True).model_dump_json() == media.text
    task, item = (
        client.get(f"/api/{path}") for path in (f"tasks/{tasks.json()['items'][0]['task_id']}", f"media/{made[0]}")
    )
    assert TaskOut.model_validate_json(task.text, strict=True).model_dump_json() == task.text
    assert MediaOut.model_validate_json(item.text, strict=True).model_dump_json() == item.text


@pytest.mark.parametrize(
    "query",
    [
        {"favorite": "1"},
        {"sort_by": "size"},
        {"type": "sound"},
        {"q": "x" * 201},
        {"view": "attic"},
        {"shelf": "attic"},
        {"created_from": "0.5"},
        {"created_before": "yesterday"},
        {"created_from": "0001-01-01T00:00:00+23:00"},
        {"collection": "0"},
        {"batch": "0"},
        {"tag": "x" * 41},
    ],
    ids=str,
)
def test_a_wrong_filter_is_named(client: TestClient, query: dict[str, str]) -> None:
    is_problem(client.get("/api/media", params=query), 422, "invalid_request", next(iter(query)))


def test_deleted_is_gone(client: TestClient, made: list[int], context: AppContext) -> None:
    first, second, video = made
    assert client.delete(f"/api/media/{first}").json()["id"] == first
    for method in ("GET", "DELETE"):
        is_problem(client.request(method, f"/api/media/{first}"), 404, "not_found")
    is_problem(client.patch(f"/api/media/{first}", json={"is_favorite": True}), 404, "not_found")
    assert ids(client) == [video, second]
    assert client.delete("/api/media/all").json() == {"deleted": 2}
    assert client.delete("/api/media/all").json() == {"deleted": 0}
    assert ids(client) == []
    assert context.studio.gallery.restore(made) == made


def test_what_is_still_made_cannot_be_deleted(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    media_id = ask(client)["media_id"]
    is_problem(client.delete(f"/api/media/{media_id}"), 409, "stale")
    assert client.delete("/api/media/all").json() == {"deleted": 0}
    assert client.get(f"/api/media/{media_id}").json()["url"] is None


@pytest.mark.parametrize("name", ["0", "2147483648", "99999999999999999999"])
def test_an_id_has_bounds(client: TestClient, name: str) -> None:
    is_problem(client.get(f"/api/media/{name}"), 422, "invalid_request", "media_id")


def test_methods_that_are_not_offered(client: TestClient) -> None:
    allowed = {"all": "DELETE", "7": "DELETE, GET, HEAD, PATCH"}
    for name, methods in allowed.items():
        answer = client.post(f"/api/media/{name}", json={})
        is_problem(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == methods
    is_problem(client.get("/api/media/seven"), 404, "not_found")
    is_problem(client.get("/api/nothing"), 404, "not_found")
    is_problem(client.get("/api/tasks/a%0Ab"), 422, "invalid_request", "task_id")
    is_problem(client.get("/api/%0A"), 404, "not_found")


def test_the_newer_filters(client: TestClient, made: list[int], context: AppContext) -> None:
    first, second, video = made
    assert ids(client, sort_by="longest") == [video, second, first]
    longest = client.get("/api/media", params={"sort_by": "longest", "limit": 2}).json()
    assert ids(client, sort_by="longest", limit=2, cursor=longest["next_cursor"]) == [first]
    assert client.patch(f"/api/media/{first}", json={"tags": ["Boat", " blue "]}).json()["tags"] == ["blue", "Boat"]
    assert ids(client, tag="BOAT") == [first] and ids(client, tag="red") == []
    collection = context.studio.collections.create("Best")
    context.studio.collections.add(collection.id, [video, first])
    assert ids(client, collection=collection.id) == [video, first]
    at = context.studio.gallery.get(second).created_at.isoformat()
    assert ids(client, created_from=at) == [video, second, first], "made at one moment"
    assert ids(client, created_before=at) == [] and ids(client, created_from="2999-01-01T00:00:00") == []
    client.delete(f"/api/media/{video}")
    assert ids(client, view="trash") == ids(client, shelf="trash") == [video] and ids(client, view="working") == []
    tags = {item["id"]: item["tags"] for item in client.get("/api/media").json()["items"]}
    assert tags == {first: ["blue", "Boat"], second: []}


def test_what_is_in_the_trash_comes_back(client: TestClient, made: list[int], context: AppContext) -> None:
    first = made[0]
    client.delete(f"/api/media/{first}")
    assert client.post(f"/api/media/{first}/restore").json()["id"] == first
    assert client.post(f"/api/media/{first}/restore").status_code == 200, "it is back already"
    client.delete(f"/api/media/{first}")
    assert context.studio.trash.delete_forever([first]) == 1
    is_problem(client.post(f"/api/media/{first}/restore"), 404, "not_found")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, "body"),
        ({"is_favorite": None}, "is_favorite"),
        ({"is_favorite": "true"}, "is_favorite"),
        ({"tags": "blue"}, "tags"),
        ({"tags": [""]}, "tags"),
        ({"tags": [" "]}, "tags"),
        ({"tags": ["a\nb"]}, "tags"),
        ({"tags": ["x" * 41]}, "tags"),
        ({"tags": ["x"] * 31}, "tags"),
        ({"prompt": "x"}, "prompt"),
    ],
    ids=str,
)
def test_a_wrong_change_is_named(client: TestClient, made: list[int], change: dict[str, Any], field: str) -> None:
    is_problem(client.patch(f"/api/media/{made[0]}", json=change), 422, "invalid_request", field)
    assert client.get(f"/api/media/{made[0]}").json()["tags"] == []


def test_a_change_leaves_what_it_does_not_name(client: TestClient, made: list[int]) -> None:
    address = f"/api/media/{made[0]}"
    client.patch(address, json={"is_favorite": True, "tags": ["x"]})
    assert client.patch(address, json={"tags": []}).json()["is_favorite"]
    changed = client.patch(address, json={"tags": ["y"]}).json()
    assert client.patch(address, json={"is_favorite": False}).json() == changed | {"is_favorite": False}
