"""Two app processes and a worker on one PostgreSQL database and one bucket, behind a load balancer."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page

from bench.processes import Sandbox, clean_environment
from tests.conftest import ROOT, wait_for
from tests.e2e.chromium import launched
from tests.e2e.conftest import start_app, stop_app
from tests.e2e.whole_job import Job, Watch, open_page, reload
from tests.hosting.balancer import Balancer, balanced
from tests.postgres import fresh_database
from tests.s3 import Bucket

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("s3"), pytest.mark.timeout(300)]
TOKEN = "a-token-only-for-this-test-0123456789"
HEAD = {"Authorization": f"Bearer {TOKEN}"}
BODY = {"prompt": "A kite above the dunes", "model": "gpt4o-image", "aspect_ratio": "1:1"}


@pytest.fixture
def place(tmp_path: Path, postgres_url: str, bucket: Bucket) -> Iterator[Balancer]:
    """Both processes and the worker have a data folder of their own: only the database and the bucket are shared."""
    with ExitStack() as ends:
        sandbox = Sandbox(tmp_path, speed=30.0, media="draft")
        ends.callback(sandbox.close)
        settings = {
            "KAIMEDIA_DATABASE_URL": fresh_database(postgres_url),
            "KAIMEDIA_ENGINE": "procrastinate",
            "KAIMEDIA_SECRET_KEY": "the same for all processes",
            "KAIMEDIA_SANDBOX_URL": sandbox.url,
            "KAIMEDIA_API_TOKEN": TOKEN,
            "KAIMEDIA_POLL_S": "0.3",
            **bucket.settings(),
        }
        ports = []
        for name in ("one", "two"):
            app = start_app(tmp_path / name, **settings)
            ends.callback(stop_app, app)
            ports.append(int(app.url.rpartition(":")[2]))
        environment = clean_environment(KAIMEDIA_DATA=str(tmp_path / "worker"), **settings)
        with (tmp_path / "worker.log").open("wb") as log:
            command = [sys.executable, "-m", "kaimedia", "worker"]
            worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        ends.callback(worker.wait)
        ends.callback(worker.terminate)
        yield ends.enter_context(balanced(ports))


def ask(place: Balancer, method: str, path: str, **more: Any) -> requests.Response:
    headers = {**HEAD, **more.pop("headers", {})}
    return requests.request(method, f"{place.address}{path}", headers=headers, timeout=30, **more)


def done(place: Balancer, task_id: str) -> dict[str, Any]:
    """The task, once it is completed."""

    def completed() -> dict[str, Any] | None:
        task: dict[str, Any] = ask(place, "GET", f"/api/tasks/{task_id}").json()
        return task if task["status"] == "completed" else None

    return wait_for(completed, "the result", 60, every_s=0.3)  # type: ignore[no-any-return]


def content_of(place: Balancer, url: str) -> bytes:
    return ask(place, "GET", re.sub(r"^https?://[^/]+", "", url)).content


def both_served(place: Balancer, path: str) -> bool:
    return len(place.served[path]) == len(place.ports)


def test_the_api_needs_no_sticky_sessions(place: Balancer) -> None:
    """Each request goes to the other process than the one before."""
    keyed = {"Idempotency-Key": "once"}
    answers = [ask(place, "POST", "/api/images/generate", headers=keyed, json=BODY) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202], [answer.text for answer in answers]
    first, again = (answer.json()["task_id"] for answer in answers)
    assert first == again, "the key is known to both"
    other = {**BODY, "prompt": "another"}
    assert ask(place, "POST", "/api/images/generate", headers=keyed, json=other).status_code == 409

    task = done(place, first)
    (url,) = task["result_urls"]
    contents = {hashlib.sha256(content_of(place, url)).hexdigest() for _ in range(4)}
    assert len(contents) == 1
    item = ask(place, "GET", "/api/media").json()["items"][0]
    changed = {**BODY, "prompt": "the same at night", "image_media_id": item["id"]}
    done(place, ask(place, "POST", "/api/images/generate", json=changed).json()["task_id"])
    picture = {"data": content_of(place, url), "headers": {"Content-Type": "image/png"}}
    for _ in range(2):
        uploaded = ask(place, "POST", "/api/uploads", **picture).json()["upload_id"]
        of_upload = {**BODY, "prompt": f"from {uploaded}", "image_upload_id": uploaded}
        done(place, ask(place, "POST", "/api/images/generate", json=of_upload).json()["task_id"])
        assert ask(place, "DELETE", f"/api/uploads/{uploaded}").status_code == 200
        refused = [ask(place, "DELETE", f"/api/uploads/{uploaded}").status_code for _ in place.ports]
        assert refused == [404, 404], "deleted for both"
    assert ask(place, "PATCH", f"/api/media/{item['id']}", json={"is_favorite": True}).status_code == 200
    assert all(ask(place, "GET", "/api/media?favorite=true").json()["total"] == 1 for _ in range(2))
    assert all(ask(place, "GET", "/api/ready").status_code == 200 for _ in range(2))
    for path in ("/api/images", "/api/tasks", "/static/media", "/api/media", "/api/uploads"):
        assert both_served(place, path), (path, place.served)


@pytest.fixture
def tab(place: Balancer) -> Iterator[Page]:
    with launched() as browser:
        yield from _watched_tab(browser, place)


def _watched_tab(browser: Browser, place: Balancer) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    watch = Watch(page, place.address)
    yield page
    context.close()
    assert not watch.wrong, watch.wrong


@pytest.mark.exhaustive
def test_pages_stick_to_a_process_and_their_files_come_from_both(tab: Page, place: Balancer) -> None:
    tab.goto(f"{place.address}/")
    job = Job(tab)
    job.make_both()
    open_page(tab, "Gallery")
    job.see_both()
    job.play_the_video()
    job.download_the_image()
    job.download_both()
    reload(tab)
    job.see_both()
    assert len(place.served["/_stcore/stream"]) == 1, "one session"
    assert both_served(place, "/app/gallery"), place.served
