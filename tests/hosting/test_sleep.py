"""Tasks that are paid when the app goes to sleep, on a host that erases its disk: nothing is lost or paid again."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bench.processes import App, Sandbox, clean_environment, get_json, post_json
from tests.conftest import ROOT, wait_for
from tests.hosting.test_order_of_events import status_and_type
from tests.postgres import fresh_database
from tests.s3 import Bucket

pytestmark = [
    pytest.mark.exhaustive,
    pytest.mark.e2e,
    pytest.mark.xdist_group("hosting-cloud"),
    pytest.mark.timeout(300),
]

SPEED = 4.0  # an image takes seconds: the app sleeps before it is done
PATIENCE_S = 90


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """The provider, which goes on while the app sleeps."""
    (tmp_path / "provider").mkdir()
    running = Sandbox(tmp_path / "provider", speed=SPEED)
    yield running
    running.close()


@pytest.fixture
def settings(sandbox: Sandbox, postgres_url: str, bucket: Bucket) -> dict[str, str]:
    """What stays when the disk is erased."""
    elsewhere = {"KAIMEDIA_DATABASE_URL": fresh_database(postgres_url), **bucket.settings()}
    return {**elsewhere, "KAIMEDIA_SANDBOX_URL": sandbox.url, "KAIMEDIA_POLL_S": "0.5"}


def submit(app: App, sandbox: Sandbox, paid: int) -> None:
    """Send one task; returns when the provider has accepted it, as the one with that number."""
    post_json(f"{app.url}/api/images/generate", {"prompt": "a heron", "model": "gpt4o-image", "aspect_ratio": "1:1"})
    wait_for(lambda: len(sandbox.accounts()) == paid, "the paid call", PATIENCE_S)


def sleep(app: App, saved: int) -> None:
    """Stop the app while its task runs, and erase its disk."""
    assert get_json(f"{app.url}/api/media")["total"] == saved, "the task ended before the app slept"
    app.close()
    shutil.rmtree(app.folder)


def expect_saved(app: App, count: int) -> None:
    wait_for(lambda: get_json(f"{app.url}/api/media")["total"] == count, "all results", PATIENCE_S)
    for item in get_json(f"{app.url}/api/media")["items"]:
        assert status_and_type(f"{app.url}{item['url']}") == (200, "image/png")


def completed(database_url: str) -> int:
    with psycopg.connect(database_url.replace("+psycopg", "", 1)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM media WHERE status = 'completed'").fetchone() or (0,)
    return int(count)


def test_woken_it_goes_on_and_a_worker_elsewhere_takes_over(
    tmp_path: Path, sandbox: Sandbox, settings: dict[str, str]
) -> None:
    with App(tmp_path / "app", **settings) as app:
        submit(app, sandbox, paid=1)
        sleep(app, saved=0)
    with App(tmp_path / "app", **settings) as app:
        expect_saved(app, 1)
        submit(app, sandbox, paid=2)
        sleep(app, saved=1)
    environment = clean_environment(KAIMEDIA_DATA=str(tmp_path / "worker"), **settings)
    worker = subprocess.Popen([sys.executable, "-m", "kaimedia", "worker"], cwd=ROOT, env=environment)
    try:
        wait_for(
            lambda: completed(settings["KAIMEDIA_DATABASE_URL"]) == 2, "the worker’s result", PATIENCE_S, every_s=0.3
        )
    finally:
        worker.terminate()
        worker.wait(30)
    settings |= {"KAIMEDIA_ENGINE": "off"}  # this app only shows what the worker saved
    with App(tmp_path / "app", **settings) as app:
        expect_saved(app, 2)
    assert len(sandbox.accounts()) == 2
