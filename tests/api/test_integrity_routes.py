"""`/api/integrity`: the report is made in the background, and so is the repair."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from kaimedia.context import AppContext
from tests.conftest import image_request, wait_for
from tests.finished import finished


def settled(client: TestClient, query: str = "") -> dict[str, Any]:
    """The report once nothing runs any more."""

    def answer() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get(f"/api/integrity{query}").json()
        return found if found["job"] is None else None

    found: dict[str, Any] = wait_for(answer, "the report")
    return found


def test_report_and_repair(client: TestClient, context: AppContext) -> None:
    _, (item,) = finished(context, image_request())
    context.storage.delete([str(item.thumbnail_path)])
    report = settled(client, "?deep=true")["report"]
    assert (report["is_deep"], report["items"], report["counts"]) == (True, 1, {"thumbnail_lost": 1})
    fault = {"kind": "thumbnail_lost", "name": item.thumbnail_path, "media_id": item.id}
    assert report["faults"] == [fault | {"size_bytes": None, "remedy": None}] and report["remedies"] == {}

    answer = client.post("/api/integrity/repair")
    assert answer.status_code == 202 and answer.json()["job"] in ("repair", None)
    repaired = settled(client)["report"]
    assert repaired["remedies"] == {"remade": 1} and repaired["faults"][0]["remedy"] == "remade"
    assert context.storage.facts(str(item.thumbnail_path))


def test_a_failed_run_says_why(client: TestClient, context: AppContext) -> None:
    finished(context, image_request())
    context.storage.delete(context.storage.files())
    client.post("/api/integrity/repair")
    found = wait_for(lambda: context.studio.rescue.integrity.state().problem, "the problem")
    assert "no files at all" in found
