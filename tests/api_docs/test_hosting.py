"""docs/hosting.md: PostgreSQL and a bucket are backed up and restored by its lines; nothing is lost or paid twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.processes import clean_environment
from bench.stored_files import unknown_files, wrong_files
from kaimedia import config as configuration
from kaimedia.context import AppContext
from kaimedia.domain import HoldCode, MediaQuery, Phase
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.api_docs.sessions import run, steps
from tests.cli.conftest import sandbox_tasks
from tests.conftest import ROOT, image_request, video_request, wait_for_phase
from tests.media_samples import image
from tests.postgres import fresh_database, program
from tests.s3 import Bucket

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("s3"), pytest.mark.timeout(300)]
HOSTING = ROOT / "docs" / "hosting.md"
Open = Callable[..., AppContext]


def settings_of(
    folder: Path, database_url: str, media_url: str, bucket: Bucket, sandbox: EmbeddedSandbox
) -> dict[str, str]:
    return {
        "KAIMEDIA_DATA": str(folder / "data"),
        "KAIMEDIA_DATABASE_URL": database_url,
        "KAIMEDIA_SECRET_KEY": "a-long-random-text-for-the-test",
        "KAIMEDIA_SANDBOX_URL": sandbox.base_url or "",
        **bucket.options,
        "KAIMEDIA_MEDIA_URL": media_url,
    }


def test_a_backup_is_restored_by_the_lines_of_the_document(
    tmp_path: Path, postgres_url: str, bucket: Bucket, sandbox: EmbeddedSandbox, open_test_context: Open
) -> None:
    """One task is done, one runs at the provider, one waits; then machine, database and bucket are lost."""
    old_url, new_url = fresh_database(postgres_url), fresh_database(postgres_url)
    old = settings_of(tmp_path / "old", old_url, bucket.url, bucket, sandbox)
    new = settings_of(tmp_path / "new", new_url, f"{bucket.url}-restored", bucket, sandbox)
    backup = tmp_path / "backup"
    backup.mkdir()
    lines = {
        "/backup": str(backup),
        "postgresql://kaimedia@db.example/kaimedia": old_url.replace("+psycopg", ""),
        "postgresql://kaimedia@db.example/restored": new_url.replace("+psycopg", ""),
    }

    def context_of(settings: dict[str, str]) -> AppContext:
        config = replace(configuration.load(tmp_path, environment=settings), poll_s=0.1)
        return open_test_context(config)

    def environment(settings: dict[str, str]) -> dict[str, str]:
        path = f"{clean_environment()['PATH']}:{program('pg_restore').parent}"
        return clean_environment(**settings, PATH=path, PYTHONPATH=str(ROOT))

    original = context_of(old)
    reference = original.studio.references.add("gpt4o-image", image())
    done = [original.studio.tasks.submit(request) for request in (image_request(variants=2), video_request())]
    for task in done:
        wait_for_phase(original, task.task_id, Phase.DONE)
    with_input = image_request("a boat at night [fault:slow=60]", references=(reference,))
    running = original.studio.tasks.submit(with_input)
    wait_for_phase(original, running.task_id, Phase.WAITING, Phase.GENERATING)
    original.engine.stop()
    waiting = original.studio.tasks.submit(image_request("not sent yet"))
    made = {item.filename: item.sha256 for item in original.studio.gallery.page(MediaQuery()).items}
    run(steps(HOSTING, "session: backup"), tmp_path / "old", environment(old), lines)
    original.close()
    later = context_of(old)  # after the backup, it sends and pays what waited
    wait_for_phase(later, waiting.task_id, Phase.DONE)
    later.close()
    paid = Counter(task["prompt"] for task in sandbox_tasks(sandbox))

    run(steps(HOSTING, "session: restore"), tmp_path / "new", environment(new), lines)
    restored = context_of(new)
    wait_for_phase(restored, running.task_id, Phase.DONE, timeout_s=60)
    assert restored.studio.tasks.get(waiting.task_id).hold_code is HoldCode.COPY
    found = {item.filename: item.sha256 for item in restored.studio.gallery.page(MediaQuery()).items}
    assert made.items() <= found.items() and len(made) == 3 and len(found) == 4
    assert (wrong_files(restored), unknown_files(restored)) == (0, 0)
    assert Counter(task["prompt"] for task in sandbox_tasks(sandbox)) == paid and set(paid.values()) == {1}
    assert restored.reference_store.path(reference).read_bytes()
