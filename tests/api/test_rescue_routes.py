"""`/api/imports` and `/api/unsaved`."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from kaimedia.api.imports import FAMILIES
from kaimedia.context import AppContext
from kaimedia.domain import NoteCode, Phase
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.api.conftest import ask, is_problem
from tests.conftest import wait_for, wait_for_phase
from tests.contract.sandbox.wire import body
from tests.elsewhere import Make


def settled(client: TestClient) -> dict[str, Any]:
    """The import once it has ended."""

    def answer() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get("/api/imports").json()
        return None if found["is_running"] else found

    found: dict[str, Any] = wait_for(answer, "the end of the import")
    return found


def test_import(client: TestClient, context: AppContext, sandbox: EmbeddedSandbox, make_elsewhere: Make) -> None:
    assert client.get("/api/imports").json() == {"is_running": False, "total": 0, "results": [], "problem": None}
    made = make_elsewhere("gpt4o", body("gpt4o", "a fox"))
    answer = client.post("/api/imports", json={"provider_task_ids": [made, "nothing"], "family": "gpt4o"})
    assert answer.status_code == 202 and answer.json()["total"] == 2
    imported, missing = settled(client)["results"]
    assert (imported["provider_task_id"], imported["outcome"]) == (made, "imported")
    assert missing == {
        "provider_task_id": "nothing",
        "outcome": "not_found",
        "task_id": None,
        "text": "There is no such task. Check the ID and the kind. "
        "If you changed the key, it belongs to the other account.",
    }
    wait_for_phase(context, imported["task_id"], Phase.DONE)
    task = client.get(f"/api/tasks/{imported['task_id']}").json()
    assert task["imported_at"] and task["prompt"] == "a fox" and len(task["result_urls"]) == 1
    client.post("/api/imports", json={"provider_task_ids": [made]})
    assert settled(client)["results"][0]["outcome"] == "known"


def test_the_document_names_the_kinds_of_records(context: AppContext) -> None:
    assert tuple(context.studio.rescue.imports.kinds()) == FAMILIES


def test_what_is_no_import(client: TestClient) -> None:
    is_problem(client.post("/api/imports", json={"provider_task_ids": []}), 422, "invalid_request", "provider_task_ids")
    is_problem(
        client.post("/api/imports", json={"provider_task_ids": ["a"], "family": "tarot"}),
        422,
        "invalid_request",
        "family",
    )
    is_problem(
        client.post("/api/imports", json={"provider_task_ids": ["a"], "model": "tarot"}),
        422,
        "invalid_request",
        "model",
    )


def test_unsaved(client: TestClient, context: AppContext) -> None:
    task_id = ask(client, "x [fault:download_503=3]")["task_id"]
    wait_for(lambda: context.studio.tasks.get(task_id).note_code is NoteCode.NOT_SAVED_YET, "a failed download")
    (item,) = client.get("/api/unsaved").json()["items"]
    assert item["task"]["task_id"] == task_id and item["is_being_fetched"]
    assert "keeps it for 13 days" in item["text"] and item["link_until"] < item["kept_until"]
    assert client.post(f"/api/unsaved/{task_id}/fetch").json()["task_id"] == task_id
    assert client.post("/api/unsaved/all/fetch").json() in ({"fetching": 1}, {"fetching": 0})
    client.post("/api/unsaved/all/fetch")
    wait_for_phase(context, task_id, Phase.DONE)
    is_problem(client.post(f"/api/unsaved/{task_id}/fetch"), 409, "stale")
    is_problem(client.post("/api/unsaved/nothing/fetch"), 404, "not_found")


def test_the_facts_about_a_lost_reply(client: TestClient, context: AppContext) -> None:
    task_id = ask(client, "x [fault:create_accepted_reset]")["task_id"]
    wait_for_phase(context, task_id, Phase.FAILED)
    found = client.get(f"/api/tasks/{task_id}/outcome").json()
    assert found["sent_from"] <= found["sent_until"] and found["price_credits"] == 6.0
    assert found["verdict"] in ("no_balance", "likely_charged", "unclear") and found["text"]
    client.post(f"/api/tasks/{task_id}/resolve", json={"dismiss": True})
    assert client.get(f"/api/tasks/{task_id}/outcome").status_code == 200, "it may still be found"
    done = ask(client, "a boat")["task_id"]
    wait_for_phase(context, done, Phase.DONE)
    is_problem(client.get(f"/api/tasks/{done}/outcome"), 409, "stale")
