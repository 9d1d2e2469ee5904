"""The API with a database that needs a decision, has lost its file, or is a copy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kaimedia import runtime
from kaimedia.config import Config
from kaimedia.context import AppContext
from tests.api.conftest import HERE, is_problem, make_client
from tests.conftest import image_request


def test_a_damaged_database_is_a_503_with_its_code(
    monkeypatch: pytest.MonkeyPatch, use_context: Callable[[AppContext | None], None], tmp_path: Path
) -> None:
    use_context(None)
    file = tmp_path / "data" / "kaimedia.db"
    file.parent.mkdir()
    file.write_bytes(b"\x00" * 20_000)
    for name, value in {"DATABASE_URL": f"sqlite:///{file}", "DATA": str(file.parent)}.items():
        monkeypatch.setenv(f"KAIMEDIA_{name}", value)
    with make_client(HERE) as client:
        for path in ("/api/tasks", "/api/ready"):
            answer = client.get(path)
            is_problem(answer, 503, "database_closed")
            body = answer.json()
            assert "damaged" in body["detail"] and "restore" in body["next_step"]
        assert client.get("/api/health").status_code == 200
    assert file.read_bytes() == b"\x00" * 20_000
    runtime.close()


def test_a_deleted_file_stops_what_would_be_paid(
    context: AppContext, config: Config, use_context: Callable[..., None]
) -> None:
    use_context(context)
    file = Path(config.database_url.removeprefix("sqlite:///"))
    with make_client(HERE) as client:
        assert client.get("/api/ready").status_code == 200
        file.unlink()
        ready = client.get("/api/ready")
        assert ready.status_code == 503
        (database,) = [check for check in ready.json()["checks"] if check["name"] == "database"]
        assert not database["is_well"] and "deleted or replaced" in database["detail"]
        asked = client.post("/api/images/generate", json={"prompt": "a boat"})
        is_problem(asked, 503, "database_closed")
        assert file.name in asked.json()["next_step"] and asked.headers["retry-after"]


def test_held_tasks_are_listed_and_answered(
    config: Config, open_test_context: Callable[..., AppContext], use_context: Callable[..., None]
) -> None:
    original = open_test_context(config, run_engine=False)
    ids = [original.studio.tasks.submit(image_request(f"boat {number}")).task_id for number in range(4)]
    copy = original.database.back_up()
    original.close()
    original.database.replace_with(copy)
    use_context(open_test_context(config, run_engine=False))
    with make_client(HERE) as client:
        items = client.get("/api/tasks").json()["items"]
        assert {item["hold_code"] for item in items} == {"copy"} and all(item["note"] for item in items)
        sent = client.post(f"/api/tasks/{ids[0]}/resolve", json={"send": True}).json()
        assert (sent["hold_code"], sent["phase"], sent["note"]) == (None, "queued", None)
        is_problem(client.post(f"/api/tasks/{ids[0]}/resolve", json={"send": True}), 409, "stale")
        dismissed = client.post(f"/api/tasks/{ids[1]}/resolve", json={"dismiss": True}).json()
        assert (dismissed["status"], dismissed["error_code"]) == ("failed", "cancelled")
        assert client.post("/api/tasks/held", json={"send": True}).json() == {"changed": 2}
        assert client.post("/api/tasks/held", json={"dismiss": True}).json() == {"changed": 0}
