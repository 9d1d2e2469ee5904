"""HEAD for every GET route; everything else under /api is a problem document."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from kaimedia.context import AppContext
from tests.api.conftest import is_problem

GOT = ("tasks", "media", "settings", "models", "credits", "health", "metrics", "openapi.json", "docs", "docs/page.js")


@pytest.mark.parametrize("path", GOT)
def test_head_is_get_without_its_body(idle: tuple[TestClient, AppContext], path: str) -> None:
    got, head = idle[0].get(f"/api/{path}"), idle[0].head(f"/api/{path}")
    assert (head.status_code, head.content) == (got.status_code, b"") and got.content
    assert head.headers["content-type"] == got.headers["content-type"]
    if path not in ("metrics", "credits"):
        assert head.headers["content-length"] == got.headers["content-length"]
    assert "x-request-id" in head.headers


def test_head_of_what_is_not_there(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    for path, status in (("tasks/nobody", 404), ("tasks?limit=x", 422), ("nothing", 404), ("images/generate", 405)):
        head = client.head(f"/api/{path}")
        assert (head.status_code, head.content) == (status, b"")
        assert head.headers["content-type"] == "application/problem+json"


def test_head_is_counted_as_such(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    client.head("/api/models")
    assert 'kaimedia_http_requests_total{method="HEAD",route="/models",status="200"}' in client.get("/api/metrics").text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_are_refused_as_problems(idle: tuple[TestClient, AppContext], method: str) -> None:
    client, _ = idle
    for path in ("/api/docs", "/api/docs/", "/api/health", "/api/openapi.json"):
        answer = client.request(method, path)
        is_problem(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == "GET, HEAD"
    for path in ("/api", "/api/"):
        answer = client.request(method, path)
        assert answer.status_code in (404, 405) and answer.headers["content-type"] == "application/problem+json"


def test_the_page_is_found_with_a_slash_too(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    for path in ("/api/docs", "/api/docs/"):
        page = client.get(path)
        assert page.status_code == 200 and str(page.url).endswith("/api/docs")


def test_a_path_of_its_own_allows_only_its_own_methods(idle: tuple[TestClient, AppContext]) -> None:
    answer = idle[0].request("PUT", "/api/tasks/held")
    is_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


def test_the_methods_of_a_favorite_are_not_those_of_a_model(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    assert client.options("/api/models/gpt4o-image/favorite").headers["allow"] == "DELETE, PUT"
    assert client.options("/api/models/gpt4o-image").headers["allow"] == "GET, HEAD"
    assert client.get("/api/models/an/id/of/three").status_code == 404
