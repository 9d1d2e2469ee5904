"""Other Pythons than this one: `python tools/python_versions.py wheels` and `… test 3.13 [pytest arguments]`.

`wheels` asks the package index whether every pinned package has a wheel for each supported Python on Linux x86-64 with
glibc 2.31 (Debian 11) or newer, so that a host needs no compiler. `test` makes `.venv-3.13`, where it is missing, and
runs the fast tests there; the machine needs that Python. Both need `uv`, which requirements-dev.txt installs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SUPPORTED = ("3.11", "3.12", "3.13", "3.14")
PLATFORM = "x86_64-manylinux_2_31"
FAST = ("tests/test_architecture.py", "tests/test_private_names.py", "tests/unit", "tests/contract/providers")


def uv() -> str:
    """The `uv` beside this Python, else the one in PATH."""
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else shutil.which("uv") or "uv"


def has_wheels(version: str) -> bool:
    """Whether every package of requirements.txt that applies to this Python has a wheel for it; prints what has not."""
    with tempfile.TemporaryDirectory() as folder:
        command = [uv(), "pip", "compile", "requirements.txt", "--quiet", "--no-deps", "--only-binary", ":all:"]
        command += ["--python-version", version, "--python-platform", PLATFORM, "-o", str(Path(folder) / "compiled")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(f"Python {version}: " + ("every package has a wheel" if done.returncode == 0 else done.stderr.strip()))
    return done.returncode == 0


def test(version: str, arguments: Sequence[str]) -> int:
    """Run these tests, or the fast ones, on that Python; returns pytest's exit code."""
    folder = ROOT / f".venv-{version}"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([uv(), "venv", "--quiet", "--python", version, str(folder)], cwd=ROOT, check=True)
    install = [uv(), "pip", "install", "--quiet", "--python", str(python), "-r", "requirements-dev.txt"]
    subprocess.run(install, cwd=ROOT, check=True)
    chosen = list(arguments) or ["-n", "2", "--dist", "loadgroup", "-m", "not slow", *FAST]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(
        [str(python), "-m", "pytest", "-q", *chosen], cwd=ROOT, env=environment, check=False
    ).returncode


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("wheels").add_argument("versions", nargs="*", default=SUPPORTED)
    commands.add_parser("test").add_argument("version", choices=SUPPORTED)
    chosen, rest = parser.parse_known_args()
    if chosen.command == "test":
        return test(chosen.version, rest)
    found = [has_wheels(version) for version in chosen.versions]  # all of them are printed
    return 0 if all(found) else 1


if __name__ == "__main__":
    sys.exit(main())
