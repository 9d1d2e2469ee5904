"""The MCP endpoint as an ASGI app: what a request must be like, and the links it makes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from kaimedia.api.application import app as api
from kaimedia.context import AppContext
from kaimedia.domain import Phase
from kaimedia.domain.api_token import TokenScope
from kaimedia.mcp_server.http import app
from kaimedia.web.mounting import ApiMount
from tests.conftest import image_request, wait_for_phase
from tests.media_samples import image

ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.fixture
def client(studio: AppContext) -> Iterator[TestClient]:
    """This machine, no token set; the engine runs."""
    mounted = Starlette(routes=[ApiMount("/mcp", app)])
    with TestClient(mounted, base_url="http://127.0.0.1", client=("127.0.0.1", 5), headers=ACCEPT) as opened:
        yield opened


def call(client: TestClient, tool: str, arguments: dict[str, Any], **headers: str) -> Any:
    """Call a tool with plain HTTP; returns the structured content."""

    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}
    response = client.post("/mcp", json=message, headers=headers)
    assert response.status_code == 200, response.text
    (line,) = [line for line in response.text.splitlines() if line.startswith("data: ")]
    return json.loads(line.removeprefix("data: "))["result"]["structuredContent"]


def test_a_request_is_json_and_small(client: TestClient) -> None:
    large = client.post(
        "/mcp", content=b'{"x": "' + b"x" * 1_000_001 + b'"}', headers={"Content-Type": "application/json"}
    )
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
    text = client.post("/mcp", content=b"hello", headers={"Content-Type": "text/plain"})
    assert (text.status_code, text.json()["code"]) == (415, "not_json")


def test_files_uploaded_over_rest_can_be_used(client: TestClient, studio: AppContext) -> None:
    rest = TestClient(Starlette(routes=[ApiMount("/api", api)]), base_url="http://127.0.0.1", client=("127.0.0.1", 5))
    sent = rest.post("/api/uploads", content=image(), headers={"Content-Type": "image/png"})
    wish = {"prompt": "a sail", "references": {"reference": [{"upload_id": sent.json()["upload_id"]}]}}
    task = call(client, "generate_image", wish)
    assert len(studio.studio.tasks.get(task["task_id"]).request.references) == 1


def test_a_token_may_only_what_its_scopes_say(client: TestClient, studio: AppContext) -> None:
    secret, _ = studio.studio.tokens.create("reader", [TokenScope.READ])
    assert client.post("/mcp", json={}).status_code == 401
    header = {"Authorization": f"Bearer {secret}"}
    refused = call(client, "generate_image", {"prompt": "a boat"}, **header)
    assert refused["error"]["code"] == "scope_missing"
    assert call(client, "list_models", {"limit": 1}, **header)["total"] > 50
    assert studio.studio.tokens.valid()[0].last_used_at is not None
    studio.studio.tokens.revoke(studio.studio.tokens.valid()[0].token_id)
    assert client.post("/mcp", json={}, headers=header).status_code != 200


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({}, "http://127.0.0.1/static/media/"),
        ({"Host": "studio.example:8501"}, "http://studio.example:8501/static/media/"),
        (
            {"Host": "studio.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/art"},
            "https://studio.example/art/static/media/",
        ),
        ({"Host": "studio.example", "X-Forwarded-Host": "x.example"}, "../static/media/"),  # an unknown prefix
    ],
)
def test_links_are_absolute(client: TestClient, studio: AppContext, headers: dict[str, str], address: str) -> None:
    secret, _ = studio.studio.tokens.create("reader")
    task = studio.studio.tasks.submit(image_request())
    wait_for_phase(studio, task.task_id, Phase.DONE)
    found = call(client, "get_task", {"task_id": task.task_id}, Authorization=f"Bearer {secret}", **headers)
    assert found["results"][0]["url"].startswith(address)
