"""Liveness, readiness and metrics."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from kaimedia import runtime
from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import Phase, utc_now
from kaimedia.domain.worker import Worker
from kaimedia.errors import KaimediaError, StorageFull, StoreUnavailable
from kaimedia.studio.lookups import Lookup
from tests.api.conftest import ask, make_client
from tests.conftest import ROOT, wait_for


def checks(client: TestClient, status: int) -> dict[str, Any]:
    answer = client.get("/api/ready")
    assert answer.status_code == status, answer.text
    return {check["name"]: check for check in answer.json()["checks"]}


def test_the_queue_is_counted(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    ask(client)
    ask(client, image_url="https://images.example/a.png")
    body = client.get("/api/health").json()
    assert (body["status"], body["queue_depth"]) == ("ok", 2)
    assert (body["queue"]["queued"], body["queue"]["preparing"]) == (1, 1)


def test_we_live_although_the_database_does_not(
    idle: tuple[TestClient, AppContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, context = idle

    def broken() -> None:
        raise StoreUnavailable("The database does not answer.")

    monkeypatch.setattr(context.stores.task_reader, "unfinished_counts", broken)
    answer = client.get("/api/health")
    assert (answer.status_code, answer.json()["queue_depth"]) == (200, None)


def test_we_live_while_the_database_is_silent(
    idle: tuple[TestClient, AppContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, context = idle
    ask(client)
    asked, speaks = [], threading.Event()
    counts = context.stores.task_reader.unfinished_counts

    def silent() -> dict[Phase, int]:
        asked.append(threading.current_thread().name)
        speaks.wait()
        return counts()

    monkeypatch.setattr(context.stores.task_reader, "unfinished_counts", silent)
    try:
        for _ in range(3):
            assert client.get("/api/health").json()["queue"] is None
        assert len(asked) == 1, "one thread waits, not one a call"
    finally:
        speaks.set()
    assert wait_for(lambda: client.get("/api/health").json()["queue_depth"], "a count") == 1


def test_we_live_while_the_app_opens(use_context: Callable[[AppContext | None], None]) -> None:
    use_context(None)
    with runtime.current.guard, make_client() as client:  # another thread is opening it slowly
        body = client.get("/api/health").json()
    assert (body["status"], body["queue_depth"], body["queue"]) == ("ok", None, None)
    assert runtime.current.context is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_defect_in_counting_keeps_nobody_waiting() -> None:
    asked: Future[int] = Lookup("kaimedia-test", lambda: 1 // 0).request()
    assert isinstance(asked.exception(), KaimediaError)
    wait_for(lambda: all(each.name != "kaimedia-test" for each in threading.enumerate()), "the end of the thread")


def test_ready_when_the_worker_is_seen(client: TestClient) -> None:
    wait_for(lambda: client.get("/api/ready").status_code == 200, "readiness")
    assert all(check["is_well"] for check in checks(client, 200).values())


def test_not_ready_without_a_worker_or_a_disk(
    idle: tuple[TestClient, AppContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, context = idle
    found = checks(client, 503)
    assert not found["worker"]["is_well"] and found["database"]["is_well"] and found["media"]["is_well"]

    def full() -> None:
        raise StorageFull("There is no room left.")

    monkeypatch.setattr(context.storage, "check_writable", full)
    monkeypatch.setattr(context.database, "probe_write", lambda _now: full())
    found = checks(client, 503)
    assert found["media"] == {"name": "media", "is_well": False, "detail": "There is no room left."}
    assert not found["database"]["is_well"]


def test_a_worker_elsewhere_is_not_missed(
    config: Config, open_test_context: Callable[..., AppContext], use_context: Callable[[AppContext | None], None]
) -> None:
    use_context(open_test_context(replace(config, engine="off"), run_engine=False))
    with make_client() as client:
        assert checks(client, 200)["worker"]["is_well"]


def samples(client: TestClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = client.get("/api/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def test_metrics_count(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    missing = ("kaimedia_http_requests_total", {"method": "GET", "route": "/tasks/{task_id}", "status": "404"})
    unknown = ("kaimedia_callbacks_total", {"outcome": "unknown"})

    def count(name: str, labels: dict[str, str]) -> float:
        return samples(client).get((name, frozenset(labels.items())), 0.0)

    before = count(*missing), count(*unknown)
    for number in range(3):
        client.get(f"/api/tasks/{number:032x}")
        client.post(f"/api/callbacks/kie/n{number}", json={})
    ask(client)
    assert (count(*missing), count(*unknown)) == (before[0] + 3, before[1] + 3)
    assert count("kaimedia_tasks", {"phase": "queued"}) == 1
    assert samples(client)["kaimedia_media_free_bytes", frozenset()] > 0


def test_metrics_of_workers_and_what_waits_for_them(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    ask(client)
    ask(client)
    now = utc_now()
    old, killed = now - timedelta(seconds=7200), now - timedelta(seconds=600)
    context.stores.workers.announce(Worker("a:1:x", "2.0", "embedded", old, now, takeovers=3, storage_errors=2))
    context.stores.workers.announce(Worker("b:1:x", "1.9", "embedded", old, killed))
    found = samples(client)

    def value(name: str, **labels: str) -> float:
        return found[name, frozenset(labels.items())]

    assert value("kaimedia_due_tasks", phase="queued") == 2 and value("kaimedia_due_tasks", phase="saving") == 0
    assert 0 <= value("kaimedia_due_lag_seconds", phase="queued") < 60
    assert value("kaimedia_lease_age_seconds") == 0
    assert value("kaimedia_workers", version="2.0", engine="embedded") == 1
    assert ("kaimedia_workers", frozenset({("version", "1.9"), ("engine", "embedded")})) not in found
    assert 600 <= value("kaimedia_worker_seen_seconds", worker="b:1:x") < 700
    assert value("kaimedia_worker_takeovers_total", worker="a:1:x") == 3
    assert value("kaimedia_worker_storage_errors_total", worker="a:1:x") == 2


def test_every_metric_is_described(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    client.get("/api/health")
    client.post("/api/callbacks/kie/unknown", json={})
    context.engine.heartbeat_at = utc_now()
    context.studio.account.balance()
    context.stores.workers.announce(Worker("a:1:x", "2.0", "embedded", utc_now(), utc_now()))
    families = text_string_to_metric_families(client.get("/api/metrics").text)
    found = {f"{one.name}_total" if one.type == "counter" else one.name for one in families}
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = text.partition("\n| metric |")[2].partition("\n\n")[0]
    described = set(re.findall(r"`(kaimedia_\w+)`", table))
    only_with_a_job_queue = {name for name in described if name.startswith("kaimedia_jobs_")}
    assert {name for name in found if not name.endswith("_created")} == described - only_with_a_job_queue
    code = (ROOT / "kaimedia" / "api" / "metrics.py").read_text(encoding="utf-8")
    assert only_with_a_job_queue == set(re.findall(r"kaimedia_jobs_\w+", code))
    rules = yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])["groups"][0]["rules"]
    for rule in rules:
        assert set(re.findall(r"kaimedia_\w+", rule["expr"])) <= described and rule["annotations"]["summary"]


def test_strangers_cannot_swell_the_metrics(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    client.get("/api/nothing")
    client.request("BREW", "/api/tasks")
    samples(client)  # this request is counted from the next one on
    before = len(samples(client))
    for number in range(50):
        client.get(f"/api/nothing/{number}")
        client.request(f"BREW{number}", "/api/tasks")
    assert len(samples(client)) == before
