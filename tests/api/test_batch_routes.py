"""Batches over HTTP: submitted as one, followed, paused, resumed, stopped, and the winner of a comparison."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from kaimedia.api.request_schema import BATCH_PROMPT_MAX_CHARS
from kaimedia.context import AppContext
from kaimedia.domain import Phase, TaskChange, utc_now
from tests.api.conftest import is_problem
from tests.conftest import wait_for

BOATS: dict[str, Any] = {"requests": [{"prompt": f"boat {number}"} for number in range(3)], "name": "Boats"}
TWO = [{"prompt": "a kite", "model": model} for model in ("veo3_fast", "sora2")]


def make(client: TestClient, body: dict[str, Any] = BOATS, **headers: str) -> dict[str, Any]:
    answer = client.post("/api/batches", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/api/batches/{answer.json()['id']}"
    return dict(answer.json())


def test_a_batch_runs_to_its_end(client: TestClient) -> None:
    place = f"/api/batches/{make(client)['id']}"
    ended = wait_for(lambda: None if (now := client.get(place).json())["is_active"] else now, "the end", 60)
    assert (ended["name"], ended["total"], ended["completed"], ended["credits_estimated"]) == ("Boats", 3, 3, 18.0)
    assert [task["prompt"] for task in ended["tasks"]] == ["boat 0", "boat 1", "boat 2"]
    assert all(len(task["result_urls"]) == 1 and task["batch_id"] == ended["id"] for task in ended["tasks"])


def test_lines_choices_and_styles(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    style = client.get("/api/styles").json()["items"][0]
    request = {"prompt": "a {red|blue} boat\n\na kite", "style": style["id"]}
    made = make(client, {"requests": [request, {"prompt": "a {red|blue} car"}], "split_prompts": True})
    prompts = [task.request.prompt for task in context.studio.batches.tasks(made["id"])]
    around = context.studio.styles.get(style["id"]).around
    assert prompts == [around("a red boat"), around("a blue boat"), around("a kite"), "a red car", "a blue car"]
    assert make(client, {"requests": [{"prompt": "a {red|blue} car"}]})["name"] == "a {red|blue} car"


def test_seeds(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    made = make(client, {"requests": [{"prompt": "a boat", "model": "ideogram-v3"}], "seeds": 3})
    assert len({task.request.params["seed"] for task in context.studio.batches.tasks(made["id"])}) == 3


def test_a_key_gives_one_batch(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    first = make(client, **{"Idempotency-Key": "k1"})
    again = client.post("/api/batches", json=BOATS, headers={"Idempotency-Key": "k1"})
    assert again.json()["id"] == first["id"] and again.headers["Idempotent-Replayed"] == "true"
    other = client.post("/api/batches", json={**BOATS, "name": "x"}, headers={"Idempotency-Key": "k1"})
    is_problem(other, 409, "idempotency_conflict")
    assert make(client)["id"] != first["id"]
    assert [each["id"] for each in client.get("/api/batches").json()["items"]] == [first["id"] + 1, first["id"]]


def test_pause_resume_and_stop(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    place = f"/api/batches/{make(client)['id']}"
    assert client.post(f"{place}/pause").json()["paused_at"] is not None
    assert [task["hold_code"] for task in client.get(place).json()["tasks"]] == ["paused"] * 3
    assert client.post(f"{place}/resume").json()["paused_at"] is None
    stopped = client.post(f"{place}/stop").json()
    assert (stopped["unsent"], stopped["failed"], stopped["canceled"], stopped["is_active"]) == (0, 3, 3, False)
    is_problem(client.post(f"{place}/pause"), 409, "stale")
    assert context.studio.tasks.running_count() == 0


def test_the_winner_of_a_comparison(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    made = make(client, {"kind": "comparison", "requests": TWO, "is_blind": True})
    place = f"/api/batches/{made['id']}"
    first, second = context.studio.batches.tasks(made["id"])
    is_problem(client.post(f"{place}/winner", json={"task_id": first.task_id}), 409, "conflict", "task_id")
    change = TaskChange(first.task_id, frozenset({first.phase}), {"phase": Phase.DONE, "due_at": None})
    context.stores.task_updater.change(change, utc_now())
    assert client.post(f"{place}/winner", json={"task_id": first.task_id}).json()["winner_task_id"] == first.task_id
    is_problem(client.post(f"{place}/winner", json={"task_id": second.task_id}), 409, "conflict", "task_id")
    assert client.post(f"{place}/winner", json={"task_id": None}).json()["winner_task_id"] is None
    assert [each["id"] for each in client.get("/api/batches?kind=comparison").json()["items"]] == [made["id"]]
    assert client.get("/api/batches?kind=prompts").json() == {"items": [], "next_before": None}


def test_pages(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    ids = [make(client)["id"] for _ in range(3)]
    page = client.get("/api/batches?limit=2").json()
    assert [each["id"] for each in page["items"]] == [ids[2], ids[1]] and page["next_before"] == ids[1]
    page = client.get(f"/api/batches?limit=2&before={page['next_before']}").json()
    assert [each["id"] for each in page["items"]] == [ids[0]] and page["next_before"] is None


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({"requests": []}, "requests", "must have at least 1 entry"),
        ({"requests": [{"prompt": "a"}] * 201}, "requests", "at most 200 entries"),
        ({"requests": [{"prompt": "a"}, {"prompt": ""}]}, "requests.1.prompt", "prompt"),
        ({"requests": [{"prompt": "a"}, {"prompt": "b", "model": "no"}]}, "requests.1.model", "no model “no”"),
        ({"requests": [{"prompt": "a", "n_variants": 3}]}, "requests.0.n_variants", ""),
        ({"requests": [{"prompt": "a"}, {"prompt": "b", "model": "ideogram-v3", "seed": "x"}]}, "requests.1.seed", ""),
        ({"requests": [{"prompt": "a"}], "seeds": 2}, "seeds", "takes no seed"),
        ({"requests": [{"prompt": "a"}], "seeds": True}, "seeds", "number"),
        ({"requests": [{"prompt": "{a|b}" * 8}], "split_prompts": True}, "requests.0.prompt", "256 prompts"),
        ({"requests": [{"prompt": "a\n" * 150}] * 2, "split_prompts": True}, "requests", "Up to 200"),
        ({"requests": TWO[:1], "kind": "comparison"}, "requests", "2 to 6 models"),
        ({"requests": [*TWO, *TWO], "kind": "comparison"}, "requests", "compared once"),
        ({"requests": TWO, "kind": "race"}, "kind", "prompts"),
        ({"requests": TWO, "name": "a\nb"}, "name", ""),
        ({"requests": TWO, "extra": 1}, "extra", "not a field"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_names_request_and_field(
    idle: tuple[TestClient, AppContext], body: dict[str, Any], field: str, said: str
) -> None:
    client, context = idle
    answer = client.post("/api/batches", json=body)
    is_problem(answer, 422, "invalid_request", field)
    assert said in answer.json()["detail"]
    assert context.studio.tasks.page().total == 0


@pytest.mark.parametrize("what", ["", "/pause", "/resume", "/stop", "/winner"])
def test_a_batch_that_does_not_exist(idle: tuple[TestClient, AppContext], what: str) -> None:
    client, _ = idle
    place = f"/api/batches/4711{what}"
    answer = client.post(place, json={"task_id": None} if what == "/winner" else None) if what else client.get(place)
    is_problem(answer, 404, "not_found")


def test_a_prompts_limit_applies_to_each_of_many(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    lines = "\n".join(["x" * 3000] * 3)  # each of up to 4,000 characters
    body = {"requests": [{"prompt": lines}, {"prompt": lines, "model": "ideogram-v3"}]}
    assert make(client, {**body, "split_prompts": True})["total"] == 6
    refused = client.post("/api/batches", json={**body, "split_prompts": False})
    is_problem(refused, 422, "invalid_request", "requests.0.prompt")
    refused = client.post("/api/batches", json={"requests": [{"prompt": "a\n" + "x" * 4001}], "split_prompts": True})
    is_problem(refused, 422, "invalid_request", "requests.0.prompt")


def test_a_text_of_many_prompts_has_a_limit_too(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    text = "x\n" * 300 + "x" * (BATCH_PROMPT_MAX_CHARS - 600)
    longest = client.post("/api/batches", json={"requests": [{"prompt": text}], "split_prompts": True})
    is_problem(longest, 422, "invalid_request", "requests.0.prompt")
    assert "up to 200 are possible" in longest.json()["detail"]
    longer = client.post("/api/batches", json={"requests": [{"prompt": text + "x"}], "split_prompts": True})
    is_problem(longer, 422, "invalid_request", "requests.0.prompt")
    assert f"{BATCH_PROMPT_MAX_CHARS}" in longer.json()["detail"].replace(",", "")


def test_costs_are_by_provider_and_without_what_is_free(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    place = f"/api/batches/{make(client)['id']}"
    cost = {"provider": "sandbox", "tasks": 3, "credits_estimated": 18.0, "unpriced": 0, "credits_actual": None}
    assert client.get(place).json()["costs"] == [cost]
    first = context.studio.tasks.page().items[0]
    context.studio.tasks.cancel(first.task_id)
    canceled = client.get(place).json()
    assert canceled["costs"] == [{**cost, "tasks": 2, "credits_estimated": 12.0}]
    assert canceled["credits_estimated"] == 12.0
    client.post(f"{place}/stop")
    assert client.get(place).json()["costs"] == []
