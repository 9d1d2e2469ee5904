"""The gallery over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from kaimedia.bootstrap import House
from kaimedia.domain import Phase
from tests.api.conftest import ask, is_problem
from tests.conftest import wait_for_phase


@pytest.fixture
def made(client: TestClient, house: House) -> list[int]:
    """Two pictures of a boat and a clip of a kite, oldest first."""
    boats, kite = ask(client, "a boat", n_variants=2), ask(client, "a kite", kind="videos", model="runway")
    for accepted in (boats, kite):
        wait_for_phase(house, accepted["task_id"], Phase.DONE)
    return [*boats["media_ids"], *kite["media_ids"]]


def ids(client: TestClient, **query: Any) -> list[int]:
    return [item["id"] for item in client.get("/api/media", params=query).json()["items"]]


def test_filters_order_and_pages(client: TestClient, made: list[int]) -> None:
    first, second, clip = made
    assert ids(client) == [clip, second, first]
    assert ids(client, sort_by="oldest") == made
    assert ids(client, type="video") == [clip]
    assert ids(client, model="gpt4o-image") == [second, first]
    assert ids(client, q="KITE") == [clip]
    assert ids(client, q="\x00") == [clip, second, first]
    assert client.patch(f"/api/media/{second}", json={"is_favorite": True}).json()["is_favorite"]
    assert ids(client, favorite="true") == [second]
    assert ids(client, favorite="false") == [clip, second, first]
    page = client.get("/api/media", params={"limit": 2, "sort_by": "oldest"}).json()
    assert page["total"] == 3
    assert ids(client, limit=2, sort_by="oldest", cursor=page["next_cursor"]) == [clip]
    tasks_cursor = client.get("/api/tasks", params={"limit": 1}).json()["next_cursor"]
    is_problem(client.get("/api/media", params={"cursor": tasks_cursor}), 404, "not_found")


@pytest.mark.parametrize("query", [{"favorite": "1"}, {"sort_by": "size"}, {"type": "sound"}, {"q": "x" * 201}])
def test_a_wrong_filter_is_named(client: TestClient, query: dict[str, str]) -> None:
    is_problem(client.get("/api/media", params=query), 422, "invalid_request", next(iter(query)))


def test_deleted_is_gone(client: TestClient, made: list[int], house: House) -> None:
    first, second, clip = made
    assert client.delete(f"/api/media/{first}").json()["id"] == first
    for method in ("GET", "DELETE"):
        is_problem(client.request(method, f"/api/media/{first}"), 404, "not_found")
    is_problem(client.patch(f"/api/media/{first}", json={"is_favorite": True}), 404, "not_found")
    assert ids(client) == [clip, second]
    assert client.delete("/api/media/all").json() == {"deleted": 2}
    assert client.delete("/api/media/all").json() == {"deleted": 0}
    assert ids(client) == []
    assert house.studio.restore_media(made) == made


def test_what_is_still_made_cannot_be_deleted(idle: tuple[TestClient, House]) -> None:
    client, _ = idle
    media_id = ask(client)["media_id"]
    is_problem(client.delete(f"/api/media/{media_id}"), 409, "stale")
    assert client.delete("/api/media/all").json() == {"deleted": 0}
    assert client.get(f"/api/media/{media_id}").json()["url"] is None


@pytest.mark.parametrize("name", ["0", "2147483648", "99999999999999999999"])
def test_an_id_has_bounds(client: TestClient, name: str) -> None:
    is_problem(client.get(f"/api/media/{name}"), 422, "invalid_request", "media_id")


def test_methods_that_are_not_offered(client: TestClient) -> None:
    allowed = {"all": "DELETE", "7": "DELETE, GET, PATCH"}
    for name, methods in allowed.items():
        answer = client.post(f"/api/media/{name}", json={})
        is_problem(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == methods
    is_problem(client.get("/api/media/seven"), 404, "not_found")
    is_problem(client.get("/api/nothing"), 404, "not_found")
    is_problem(client.get("/api/tasks/a%0Ab"), 422, "invalid_request", "task_id")
    is_problem(client.get("/api/%0A"), 404, "not_found")
