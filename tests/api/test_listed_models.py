"""Models of the provider's own list over REST: marked, described, and used like all others."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from kaimedia.context import AppContext
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.lists import KLING, LUMEN, change_list


@pytest.fixture
def models(idle: tuple[TestClient, AppContext], sandbox: EmbeddedSandbox) -> TestClient:
    """The API of an app that has found a new video model, and misses a known one."""
    client, context = idle
    change_list(sandbox, removed=(KLING,), lumen_2=KLING)
    context.studio.model_lists.compare()
    return client


def listing_of(client: TestClient, model: str) -> dict[str, Any]:
    answer = client.get(f"/api/models/{model}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["listing"]
    return found


def test_the_list_says_what_is_known_missing_and_new(models: TestClient) -> None:
    states = {item["id"]: item["listing"]["state"] for item in models.get("/api/models").json()["items"]}
    assert {model: state for model, state in states.items() if state != "known"} == {
        "kling-2.5-turbo": "not_listed",
        LUMEN: "new",
    }
    assert LUMEN in {item["id"] for item in models.get("/api/models?type=video").json()["items"]}
    assert listing_of(models, "veo3") == {
        "state": "known",
        "since": None,
        "missing_ids": [],
        "hidden_fields": [],
        "text": "",
    }
    kling = listing_of(models, "kling-2.5-turbo")
    assert kling["missing_ids"] == [KLING] and kling["since"].endswith("Z")
    assert "Requests may be refused." in kling["text"]


def test_a_new_model_is_described_as_all_others(models: TestClient) -> None:
    found = models.get(f"/api/models/{LUMEN}").json()
    assert (found["label"], found["maker"], found["type"], found["is_available"]) == (LUMEN, "Kling", "video", True)
    assert [price["credits"] for price in found["prices"]] == [None]
    assert found["durations"] == [5, 10] and found["listing"]["since"] is not None
    assert found["request_schema"]["properties"]["duration"]["enum"] == [5, 10]


def test_a_new_model_is_used_like_all_others(models: TestClient) -> None:
    body = {"model": LUMEN, "prompt": "A lumen", "duration": 10, "cfg_scale": 0.5}
    accepted = models.post("/api/videos/generate", json=body)
    assert accepted.status_code == 202, accepted.text
    task = models.get(f"/api/tasks/{accepted.json()['task_id']}").json()
    assert (task["model"], task["credits_estimated"]) == (LUMEN, None)


@pytest.mark.parametrize(
    ("route", "changes", "field", "message"),
    [
        ("videos", {"duration": 7}, "duration", f"{LUMEN} makes 5 or 10 s videos, not 7 s."),
        ("videos", {"cfg_scale": 2}, "cfg_scale", "must be from 0 to 1"),
        ("videos", {"model": "acme/lumen-9"}, "model", "There is no model “acme/lumen-9”."),
        ("images", {}, "model", "“model” must be one that makes images."),
        ("images", {"model": "veo3"}, "model", "“model” must be a model of this route."),
    ],
)
def test_wrong_requests_are_refused_at_their_field(
    models: TestClient, route: str, changes: dict[str, Any], field: str, message: str
) -> None:
    body = {"model": LUMEN, "prompt": "A lumen", **changes}
    answer = models.post(f"/api/{route}/generate", json=body)
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert message in answer.text
