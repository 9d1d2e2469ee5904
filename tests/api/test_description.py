"""The OpenAPI document and the page that shows it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from starlette.testclient import TestClient

from kaimedia.api.request_schema import IN_DOCUMENT
from kaimedia.context import AppContext
from kaimedia.domain import Phase
from kaimedia.models.catalogue import get
from tests.api.conftest import ask
from tests.conftest import wait_for_phase

ROUTES = {
    "POST /api/images/generate",
    "POST /api/videos/generate",
    "GET /api/tasks",
    "GET /api/tasks/{task_id}",
    "POST /api/tasks/{task_id}/cancel",
    "GET /api/tasks/{task_id}/outcome",
    "POST /api/tasks/{task_id}/retry",
    "POST /api/tasks/{task_id}/resolve",
    "POST /api/batches",
    "POST /api/quotes",
    "GET /api/batches",
    "GET /api/batches/{batch_id}",
    "POST /api/batches/{batch_id}/pause",
    "POST /api/batches/{batch_id}/resume",
    "POST /api/batches/{batch_id}/stop",
    "POST /api/batches/{batch_id}/winner",
    "GET /api/media",
    "GET /api/media/{media_id}",
    "PATCH /api/media/{media_id}",
    "DELETE /api/media/{media_id}",
    "POST /api/media/{media_id}/fetch",
    "POST /api/media/{media_id}/restore",
    "DELETE /api/media/all",
    "PATCH /api/media",
    "POST /api/media/delete",
    "POST /api/media/archive",
    "POST /api/uploads",
    "DELETE /api/uploads/{upload_id}",
    "GET /api/trash",
    "POST /api/trash/restore",
    "POST /api/trash/all/restore",
    "POST /api/trash/delete",
    "DELETE /api/trash/all",
    "DELETE /api/trash/{media_id}",
    "GET /api/integrity",
    "GET /api/imports",
    "GET /api/unsaved",
    "GET /api/webhooks/deliveries",
    "POST /api/unsaved/all/fetch",
    "POST /api/unsaved/{task_id}/fetch",
    "POST /api/imports",
    "POST /api/integrity/repair",
    "GET /api/tags",
    "DELETE /api/tags",
    "GET /api/collections",
    "POST /api/collections",
    "GET /api/collections/{collection_id}",
    "PATCH /api/collections/{collection_id}",
    "DELETE /api/collections/{collection_id}",
    "GET /api/styles",
    "PATCH /api/styles/{style_id}",
    "DELETE /api/styles/{style_id}",
    "POST /api/styles",
    "GET /api/settings",
    "PUT /api/settings",
    "GET /api/limits",
    "PUT /api/limits",
    "GET /api/models",
    "GET /api/models/{model_id}",
    "PUT /api/models/{model_id}/favorite",
    "DELETE /api/models/{model_id}/favorite",
    "POST /api/tasks/held",
    "GET /api/credits",
    "POST /api/credits/check",
    "GET /api/spending",
    "GET /api/health",
    "GET /api/ready",
    "GET /api/metrics",
    "POST /api/callbacks/{provider}/{nonce}",
}


@pytest.fixture
def document(idle: tuple[TestClient, AppContext]) -> dict[str, Any]:
    found: dict[str, Any] = idle[0].get("/api/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"{method.upper()} {path}": it for path, item in document["paths"].items() for method, it in item.items()}


def inlined(schema: Any, document: dict[str, Any]) -> Any:
    """The schema with its references resolved."""
    if isinstance(schema, list):
        return [inlined(part, document) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return inlined(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    return {key: inlined(value, document) for key, value in schema.items()}


def test_these_routes_and_no_others(document: dict[str, Any]) -> None:
    assert set(operations(document)) == ROUTES


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert named <= set(document["components"]["schemas"])
    assert "HTTPValidationError" not in json.dumps(document)


def test_every_operation_says_what_it_does_and_how_it_fails(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        assert operation["description"], name
        for status, answer in operation["responses"].items():
            if not status.startswith("2") and not (name == "GET /api/ready" and status == "503"):
                assert list(answer["content"]) == ["application/problem+json"], (name, status)


def test_every_success_has_an_example_that_fits(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        (answer,) = (answer for status, answer in operation["responses"].items() if status.startswith("2"))
        ((kind, content),) = answer["content"].items()
        assert content["example"], name
        schema = Draft202012Validator(inlined(content["schema"], document), format_checker=FormatChecker())
        assert schema.is_valid(content["example"]), (name, kind, list(schema.iter_errors(content["example"])))


def test_examples_are_what_the_routes_answer(client: TestClient, context: AppContext) -> None:
    task_id = ask(client)["task_id"]
    wait_for_phase(context, task_id, Phase.DONE)
    document = client.get("/api/openapi.json").json()
    for path in ("tasks", "media", "settings", "health"):
        real = client.get(f"/api/{path}").json()
        shown = operations(document)[f"GET /api/{path}"]["responses"]["200"]["content"]["application/json"]["example"]
        assert set(shown) == set(real)
        for one, other in zip(shown.get("items", ()), real.get("items", ()), strict=True):
            assert set(one) == set(other)


@pytest.mark.parametrize(("kind", "count"), [("images", 1), ("videos", 5)])
def test_examples_are_valid_and_accepted(
    idle: tuple[TestClient, AppContext], document: dict[str, Any], kind: str, count: int
) -> None:
    client, _ = idle
    body = operations(document)[f"POST /api/{kind}/generate"]["requestBody"]
    schema = inlined(body["content"]["application/json"]["schema"], document)
    forms = schema.get("oneOf") or schema.get("anyOf") or [schema]
    examples = [example for form in forms for example in form["examples"]]
    assert len(examples) == count
    for example in examples:
        assert Draft202012Validator(schema).is_valid(example)
        assert client.post(f"/api/{kind}/generate", json=example).status_code == 202


def test_each_model_has_a_form_that_says_its_bounds(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    forms = {s["properties"]["model"]["const"]: s for name, s in schemas.items() if name.endswith("Request")}
    assert set(forms) == IN_DOCUMENT
    for spec in map(get, forms):
        fields = forms[spec.id]["properties"]
        assert fields["prompt"]["maxLength"] == spec.prompt_max_chars
        assert tuple(fields["aspect_ratio"]["enum"]) == spec.aspect_ratios
        assert {param.name for param in spec.params} <= set(fields)
    refused = {"prompt": "x", "model": "runway", "quality": "1080p", "duration": 10}
    form = Draft202012Validator(inlined(forms["runway"], document))
    assert not form.is_valid(refused) and form.is_valid({**refused, "duration": 5})


def test_no_answer_has_room_for_a_secret(document: dict[str, Any]) -> None:
    shown = [name for name in document["components"]["schemas"] if not name.endswith(("Request", "Change"))]
    for name in shown:
        fields = document["components"]["schemas"][name].get("properties", {})
        assert not {"api_token", "nonce", "secret_key", "token", "reference_url"} & set(fields), name


def test_the_page_needs_nothing_from_elsewhere(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    page = client.get("/api/docs")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    files = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(files) >= 4 and not [name for name in files if "//" in name]
    for name in files:
        if name.startswith("docs/"):
            answer = client.get(f"/api/{name}")
            assert answer.status_code == 200 and len(answer.content) > 100
            assert answer.headers["content-type"].startswith(("text/javascript", "text/css"))
    for name in ("nothing.js", "..%2f__init__.py", "index.html"):
        assert client.get(f"/api/docs/{name}").status_code == 404
