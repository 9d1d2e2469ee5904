"""Set up everything the tests need and run them: `python3 tests/run.py [--exhaustive | pytest arguments]`.

`--exhaustive` adds the tests that repeat in more combinations what a faster test checks; without it, they are left out.

Needs Python 3.11+ with pip. Makes `.venv` beside the product, installs the packages, and, where the machine has
none, Chromium, PostgreSQL and curl from Debian's packages (as root, or by `sudo`).
"""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
MOST_WORKERS = 8
WORKERS_PER_CPU = 1.5  # tests spend a third of their time waiting; with more workers, they miss more deadlines
EXHAUSTIVE = "--exhaustive"
SOME_FAILED = 1  # pytest's exit code
# The first needs a third less CPU for each page, but not every system has it.
SHELL = "chromium-headless-shell"
BROWSERS = (SHELL, "chromium", "chromium-browser", "google-chrome")
# With servers, browsers and workers on two processors, any test can miss a deadline. So failed tests are run once more,
# alone with the rest of their file (some tests continue where the one before them stopped), and that result counts.
# If more than a few fail, it is not the load.
MOST_AGAIN = 10


def run(*command: str | Path, **options: object) -> None:
    """Run a command, show it, stop at failure."""
    print("+", *command, flush=True)
    subprocess.run([str(part) for part in command], check=True, cwd=ROOT, **options)  # type: ignore[call-overload]


def set_up_python() -> None:
    """The virtual environment with product and test packages."""
    if not has_pip():
        try:
            run(sys.executable, "-m", "venv", VENV)
        except subprocess.CalledProcessError:  # Debian's Python comes without venv
            run(sys.executable, "-m", "pip", "install", "--quiet", "--target", VENV / "bootstrap", "virtualenv")
            run(sys.executable, "-m", "virtualenv", VENV, env={**os.environ, "PYTHONPATH": str(VENV / "bootstrap")})
    run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements-dev.txt")


def has_pip() -> bool:
    """True when the virtual environment is there and can install packages."""
    command = [str(PYTHON), "-m", "pip", "--version"]
    return PYTHON.exists() and not subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode


def missing_packages() -> list[str]:
    """Debian packages for programs this machine lacks."""
    missing = []
    if not any(map(shutil.which, BROWSERS)):
        missing.append("chromium")
    if not (shutil.which("initdb") or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))):
        missing.append("postgresql")
    if not shutil.which("curl"):
        missing.append("curl")
    return missing


def set_up_programs() -> None:
    """Chromium for the browser tests, PostgreSQL for the store's, curl for the sessions of the documents."""
    missing, is_root = missing_packages(), os.geteuid() == 0
    wants_shell = not shutil.which(SHELL) and (bool(missing) or is_root)
    if missing and not shutil.which("apt-get"):
        sys.exit(f"Please install {' and '.join(missing)}; the tests need them.")
    if not (missing or wants_shell) or not shutil.which("apt-get"):
        return
    apt = [*([] if is_root else ["sudo"]), "apt-get", "-o", "Acquire::Retries=3", "-o", "Acquire::http::Timeout=20"]
    install = [*apt, "install", "-y", "-qq", "--no-install-recommends", "--no-remove", "--no-upgrade"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    is_fresh = not subprocess.run([*apt, "update", "-qq"], check=False, env=environment).returncode
    if wants_shell and is_fresh and not subprocess.run([*install, SHELL], check=False, env=environment).returncode:
        missing = [name for name in missing if name != "chromium"]
    if missing:
        run(*install, *missing, env=environment)


def workers() -> int:
    """Enough to keep the processors busy; with many more, browsers and servers starve and miss deadlines."""
    return min(MOST_WORKERS, math.ceil((os.cpu_count() or 1) * WORKERS_PER_CPU))


def main() -> int:
    """Set up and run pytest; returns its exit code."""
    set_up_python()
    set_up_programs()
    is_exhaustive = sys.argv[1:] == [EXHAUSTIVE]
    given = [] if is_exhaustive else sys.argv[1:]
    # tests/schedule.py sorts them.
    everything = ["-q", "-n", str(workers()), "--dist", "loadgroup", "--no-loadscope-reorder", "--durations", "15"]
    everything += [EXHAUSTIVE] if is_exhaustive else []
    with tempfile.TemporaryDirectory() as folder:
        failed = Path(folder) / "failed"
        code = pytest(*(given or everything), PYTEST_FAILED_TESTS=str(failed))
        again = failed.read_text(encoding="utf-8").splitlines() if code == SOME_FAILED and failed.exists() else []
    if given or not 0 < len(again) <= MOST_AGAIN:
        return code
    print(f"{len(again)} tests failed beside others; their files decide alone:", *again, sep="\n  ", flush=True)
    only = [] if is_exhaustive else ["-m", f"not {EXHAUSTIVE.strip('-')}"]
    return pytest("-q", *only, *sorted({test.partition("::")[0] for test in again}))


def pytest(*arguments: str, **environment: str) -> int:
    """Run it in the virtual environment; returns its exit code."""
    command = [str(PYTHON), "-m", "pytest", *arguments]
    print("+", *command, flush=True)
    # Otherwise each of the many processes would compile every module again.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(command, cwd=ROOT, env={**inherited, **environment}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
