"""What public kie.ai clients send, replayed: the sandbox answers what they read, and refuses what is documented.

`python -m tools.public_clients --record` wrote the requests while the clients themselves ran against the sandbox.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kaimedia.sandbox.options import SandboxOptions
from tests import media_samples
from tests.contract.sandbox.wire import ManualClock, Wire

CREATES = json.loads(Path(__file__).with_name("public_clients.json").read_text(encoding="utf-8"))
FILES = {
    "$image": ("a.png", media_samples.image()),
    "$video": ("a.mp4", media_samples.video()),
    "$audio": ("a.wav", media_samples.wav()),
}
WITHIN_S = 60


def jobs_links(data: dict[str, Any]) -> list[str]:
    assert data["failMsg"] is None and data["creditsConsumed"] >= 0
    links: list[str] = json.loads(data["resultJson"])["resultUrls"] if data["state"] == "success" else []
    return links


def veo_links(data: dict[str, Any]) -> list[str]:
    assert "state" not in data, "the client that reads it is wrong"
    return list(data["response"]["resultUrls"]) if data["successFlag"] == 1 and data["response"] else []


def kontext_links(data: dict[str, Any]) -> list[str]:
    return [data["response"]["resultImageUrl"]] if data["successFlag"] == 1 else []


READ: dict[str, Callable[[dict[str, Any]], list[str]]] = {
    "/api/v1/jobs/recordInfo": jobs_links,
    "/api/v1/veo/record-info": veo_links,
    "/api/v1/flux/kontext/record-info": kontext_links,
}


@pytest.fixture(scope="module")
def replayed() -> Any:
    """A sandbox, the answer to each create, and the id of each accepted task by its placeholder."""
    wire = Wire(SandboxOptions(media="small", clock=ManualClock(), creates_per_10s=None, credits=1_000_000.0))
    known = {"$url": wire.url}
    for name, file in FILES.items():
        sent = wire.post("/api/file-stream-upload", files={"file": file}, data={"uploadPath": "inputs"}).json()
        known[name] = sent["data"]["downloadUrl"]
    answers = []
    for number, create in enumerate(CREATES):
        body = json.dumps({name: value for name, value in create["body"].items() if name != "callBackUrl"})
        for placeholder, value in sorted(known.items(), reverse=True):
            body = body.replace(f"{placeholder}", value)
        answers.append(wire.post(create["path"], json=json.loads(body)))
        if task_id := (answers[-1].json().get("data") or {}).get("taskId"):
            known[f"$task:{number}"] = task_id
    wire.clock.advance(30)
    yield wire, answers, known
    wire.close()


def test_every_create_is_answered_as_it_was(replayed: Any) -> None:
    _, answers, _ = replayed
    for create, answer in zip(CREATES, answers, strict=True):
        found = answer.json()
        wanted = (create["status"], create["code"], create["msg"])
        assert (answer.status_code, found["code"], found["msg"]) == wanted, create


def test_every_accepted_task_gives_the_client_its_files(replayed: Any) -> None:
    wire, _, known = replayed
    accepted = [(number, create) for number, create in enumerate(CREATES) if create["code"] == 200]
    assert {create["polled"] for _, create in accepted} == set(READ)
    until = time.monotonic() + WITHIN_S
    for number, create in accepted:
        links: list[str] = []
        while not links:
            data = wire.get(create["polled"], params={"taskId": known[f"$task:{number}"]}).json()["data"]
            links = READ[create["polled"]](data)
            assert links or time.monotonic() < until, create
        for link in links:
            assert wire.get(link).headers["content-type"] in ("image/png", "image/jpeg", "video/mp4")


def test_both_clients_and_all_their_models_are_there() -> None:
    clients = {create["client"] for create in CREATES}
    assert clients == {"@felores/kie-ai-mcp-server", "ai-sprite-image-generator"}
    assert len({create["body"].get("model") for create in CREATES if create["code"] == 200}) >= 45
