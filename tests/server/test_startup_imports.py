"""The server answers before the app's own code is imported."""

from __future__ import annotations

import subprocess
import sys

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
