"""Spending limits over HTTP: set, lifted, and what they refuse."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.api.conftest import TOKEN, ask, is_problem, make_client, with_token

TOKEN_ID = hashlib.sha256(TOKEN.encode()).hexdigest()[:12]
BOAT = {"prompt": "a boat", "model": "gpt4o-image"}


@pytest.fixture
def charging(
    config: Config,
    sandbox: EmbeddedSandbox,
    open_test_context: Callable[..., AppContext],
    use_context: Callable[[AppContext | None], None],
) -> TestClient:
    """An app whose tasks are charged, with a token; tasks stay queued."""
    url = sandbox.base_url or ""
    keyed = replace(config, provider="kie", kie_api_key="a-key-of-kie", kie_api_url=url, kie_upload_url=url)
    use_context(open_test_context(with_token(keyed), run_engine=False))
    return make_client(Authorization=f"Bearer {TOKEN}")


def test_limits_are_replaced_as_a_whole(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    empty = client.get("/api/limits").json()
    assert empty == {"items": [], "time_zone": "UTC", "your_token_id": ""}
    wanted = [{"scope": "day", "credits": 500}, {"scope": "task", "usd": 2.5}, {"scope": "month", "credits": 0}]
    items = client.put("/api/limits", json={"limits": wanted}).json()["items"]
    assert [(each["scope"], each["credits"], each["usd"]) for each in items] == [
        ("task", None, 2.5),
        ("day", 500.0, None),
        ("month", 0.0, None),
    ]
    assert client.get("/api/limits").json()["items"] == items
    assert client.put("/api/limits", json={"limits": []}).json()["items"] == []


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        ([{"scope": "day"}], "limits.0"),
        ([{"scope": "day", "credits": 1, "usd": 1}], "limits.0"),
        ([{"scope": "day", "credits": 1}, {"scope": "day", "usd": 1}], "limits"),
        ([{"scope": "week", "credits": 1}], "limits.0.scope"),
        ([{"scope": "day", "credits": -1}], "limits.0.credits"),
        ([{"scope": "day", "credits": 1, "token_id": "xyz"}], "limits.0.token_id"),
    ],
)
def test_invalid_limits_change_nothing(
    idle: tuple[TestClient, AppContext], limits: list[dict[str, object]], field: str
) -> None:
    client, _ = idle
    client.put("/api/limits", json={"limits": [{"scope": "day", "credits": 7}]})
    is_problem(client.put("/api/limits", json={"limits": limits}), 422, "invalid_request", field)
    assert [each["credits"] for each in client.get("/api/limits").json()["items"]] == [7.0]


def test_a_task_over_the_limit_is_refused_with_what_to_do(charging: TestClient) -> None:
    charging.put("/api/limits", json={"limits": [{"scope": "day", "credits": 10}]})
    ask(charging, **BOAT)
    refused = charging.post("/api/images/generate", json=BOAT | {"prompt": "another boat"})
    is_problem(refused, 402, "limit_reached")
    assert "4 credits of it left" in refused.json()["detail"] and "/api/limits" in refused.json()["next_step"]
    (limit,) = charging.get("/api/limits").json()["items"]
    assert (limit["used"], limit["left"], limit["is_near"]) == (6.0, 4.0, False)
    batch = {"requests": [BOAT, BOAT]}
    is_problem(charging.post("/api/batches", json=batch), 402, "limit_reached")
    assert charging.get("/api/batches").json()["items"] == []
    charging.put("/api/limits", json={"limits": [{"scope": "day", "credits": 18}]})
    assert charging.post("/api/batches", json=batch).status_code == 202
    assert charging.get("/api/limits").json()["items"][0]["is_near"]


def test_a_limit_of_the_token_counts_what_came_with_it(charging: TestClient) -> None:
    assert charging.get("/api/limits").json()["your_token_id"] == TOKEN_ID
    charging.put("/api/limits", json={"limits": [{"scope": "month", "usd": 0.03, "token_id": TOKEN_ID}]})
    task_id = ask(charging, **BOAT)["task_id"]
    is_problem(charging.post("/api/images/generate", json=BOAT | {"prompt": "another"}), 402, "limit_reached")
    is_problem(charging.post("/api/batches", json={"requests": [BOAT]}), 402, "limit_reached")
    assert charging.post(f"/api/tasks/{task_id}/cancel").status_code == 200, "released, so that it may be tried again"
    assert charging.post(f"/api/tasks/{task_id}/retry").status_code == 200
    is_problem(charging.post("/api/images/generate", json=BOAT | {"prompt": "another"}), 402, "limit_reached")


def test_a_quote_says_which_limits_it_is_near_or_beyond(charging: TestClient) -> None:
    def limits(count: int) -> list[tuple[str, float, bool]]:
        answer = charging.post("/api/quotes", json={"requests": [BOAT] * count})
        assert answer.status_code == 200, answer.text
        return [(each["scope"], each["left"], each["is_exceeded"]) for each in answer.json()["limits"]]

    wanted = [{"scope": "day", "credits": 20}, {"scope": "task", "credits": 5, "token_id": TOKEN_ID}]
    charging.put("/api/limits", json={"limits": wanted[:1]})
    assert limits(2) == []
    assert limits(3) == [("day", 20.0, False)]
    assert limits(4) == [("day", 20.0, True)]
    charging.put("/api/limits", json={"limits": wanted})
    assert limits(2) == [("task", 5.0, True)], "each task by itself, not the total"
    open_ended = {"model": "sora-2-pro", "prompt": "a boat"}
    (unknown, _) = charging.post("/api/quotes", json={"requests": [open_ended]}).json()["limits"]
    assert (unknown["scope"], unknown["is_exceeded"], unknown["is_unknown"]) == ("day", False, True)
