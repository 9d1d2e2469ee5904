"""`/api/integrity`: the report is made in the background, and so is the repair."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from kaimedia.context import AppContext
from kaimedia.domain import utc_now
from kaimedia.errors import StorageUnavailable
from tests.conftest import image_request, wait_for
from tests.finished import finished

pytestmark = pytest.mark.every_storage


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
    for _ in range(3):
        state = settled(client)
        assert "no files at all" in state["problem"] and state["report"] is None, "it is not tried again at once"


def test_polling_ends_while_the_storage_is_down(
    client: TestClient, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(context, image_request())
    tries = []

    def down() -> dict[str, Any]:
        tries.append(threading.current_thread().name)  # housekeeping lists the files as well
        raise StorageUnavailable("The media storage does not respond.")

    with monkeypatch.context() as broken:
        broken.setattr(context.storage, "files", down)
        for query in ("", "?deep=true", ""):
            wait_for(lambda: context.studio.rescue.integrity.state().job is None, "the end of the run")
            client.get(f"/api/integrity{query}")
            wait_for(lambda: context.studio.rescue.integrity.state().job is None, "the end of the run")
            assert client.get("/api/integrity").json()["problem"] == "The media storage does not respond."
        assert tries.count("kaimedia-integrity") == 1
    monkeypatch.setattr("kaimedia.studio.rescue.integrity_service.utc_now", lambda: utc_now() + timedelta(minutes=2))
    client.get("/api/integrity")
    assert settled(client)["problem"] is None and settled(client)["report"]["items"] == 1
