"""The server answers before the app's own code is imported; the first page finds all of it loaded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

SLOW = (
    "sqlalchemy",
    "requests",
    "PIL",
    "av",
    "numpy",
    "cryptography",
    "fastapi",
    "kaimedia.studio",
    "kaimedia.runtime",
)


def test_what_the_server_starts_with_imports_little() -> None:
    code = f"import sys, app; print([name for name in {SLOW} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


OPEN_AND_DRAW = """
import gc, inspect, json, sys, threading
from kaimedia import entry, runtime
entry.open_with_retries(threading.Event())
from streamlit.testing.v1 import AppTest
stacks = []
inspect.stack = lambda *_: stacks.append(1) or [[None, ""]]
loaded = set(sys.modules)
page = AppTest.from_file(sys.argv[1], default_timeout=60).run()
runtime.close()
print(json.dumps({
    "errors": [each.message for each in page.exception],
    "loaded late": [name for name in sys.modules if name.startswith("kaimedia") and name not in loaded],
    "stacks": len(stacks),
    "collects": gc.isenabled() and gc.get_freeze_count() > 0,
}))
"""


def test_the_first_page_finds_all_loaded(tmp_path: Path) -> None:
    """And spares Streamlit's look at the files of all modules, and searching all of them for garbage."""
    settings = {
        "KAIMEDIA_PROVIDER": "sandbox",
        "KAIMEDIA_DATA": str(tmp_path / "data"),
        "KAIMEDIA_MEDIA_URL": str(tmp_path / "media"),
        "KAIMEDIA_DATABASE_URL": f"sqlite:///{tmp_path / 'start.db'}",
    }
    command = [sys.executable, "-c", OPEN_AND_DRAW, str(ROOT / "kaimedia" / "ui" / "main.py")]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "errors": [],
        "loaded late": [],
        "stacks": 0,
        "collects": True,
    }
