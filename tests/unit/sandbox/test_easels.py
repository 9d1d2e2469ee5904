"""The parent's side of drawing: children that die are replaced, once; a closed easel leaves nothing."""

from __future__ import annotations

import os
import queue
import sys
from pathlib import Path

import pytest

from kaimedia.sandbox import easels
from kaimedia.sandbox.easels import Easel, Outcome

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
    """A child that does as its job says, instead of the painter."""
    folder = tmp_path / "kaimedia" / "sandbox"
    folder.mkdir(parents=True)
    for place in (folder.parent, folder):
        (place / "__init__.py").touch()
    (folder / "easel.py").write_text(CHILD)
    monkeypatch.setattr(easels, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)


def _draw(easel: Easel, **job: object) -> Outcome:
    done: queue.Queue[Outcome] = queue.Queue()
    easel.add(job, done.put)
    return done.get(timeout=20)


def test_answers_come_back_and_a_dead_child_is_replaced_once(child: None, tmp_path: Path) -> None:
    easel = Easel("test", None)
    assert _draw(easel).error is None
    assert _draw(easel, error="no paint").error == "no paint"
    assert _draw(easel, die=str(tmp_path / "died")).error is None
    assert _draw(easel, die_always=True).error == "the drawing process ended"
    assert _draw(easel).error is None
    easel.close()


def test_children_get_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIE_API_KEY", "geheim")
    monkeypatch.setenv("KAIMEDIA_SECRET_KEY", "geheim")
    env = easels.plain_env()
    assert "geheim" not in env.values()
    assert env["PATH"] == os.environ["PATH"] and env["PYTHONPATH"]


def test_closing_before_any_job_is_nothing(child: None) -> None:
    assert sys.executable
    Easel("test", None).close()
