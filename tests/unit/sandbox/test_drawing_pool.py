"""The parent's side of drawing: children that die are replaced, once; a closed drawing worker leaves nothing."""

from __future__ import annotations

import os
import queue
import sys
from pathlib import Path

import pytest

from kaimedia.sandbox.drawing import pool as drawing_pool
from kaimedia.sandbox.drawing.pool import DrawingWorker, Outcome

CHILD = """
import json, os, sys
for line in sys.stdin:
    job = json.loads(line)
    if job.get("die") and not os.path.exists(job["die"]):
        open(job["die"], "w").close()
        os._exit(1)
    if job.get("die_always"):
        os._exit(1)
    print(json.dumps({"id": 1, "error": job.get("error"), "is_reference": False}), flush=True)
"""


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child process that does what the job says instead of drawing."""
    folder = tmp_path / "kaimedia" / "sandbox" / "drawing"
    folder.mkdir(parents=True)
    for package in (folder.parent.parent, folder.parent, folder):
        (package / "__init__.py").touch()
    (folder / "worker.py").write_text(CHILD)
    monkeypatch.setattr(drawing_pool, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)


def _draw(worker: DrawingWorker, **job: object) -> Outcome:
    done: queue.Queue[Outcome] = queue.Queue()
    worker.add(job, done.put)
    return done.get(timeout=20)


def test_responses_come_back_and_a_dead_child_is_replaced_once(child: None, tmp_path: Path) -> None:
    worker = DrawingWorker("test", None)
    assert _draw(worker).error is None
    assert _draw(worker, error="no paint").error == "no paint"
    assert _draw(worker, die=str(tmp_path / "died")).error is None
    assert _draw(worker, die_always=True).error == "the drawing process ended"
    assert _draw(worker).error is None
    worker.close()


def test_children_get_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIE_API_KEY", "geheim")
    monkeypatch.setenv("KAIMEDIA_SECRET_KEY", "geheim")
    env = drawing_pool.plain_env()
    assert "geheim" not in env.values()
    assert env["PATH"] == os.environ["PATH"] and env["PYTHONPATH"]


def test_closing_before_any_job_is_harmless(child: None) -> None:
    assert sys.executable
    DrawingWorker("test", None).close()
