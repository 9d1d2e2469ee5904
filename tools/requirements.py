"""Compile the pinned requirements files from pyproject.toml: `python tools/requirements.py [--upgrade]`.

Without `--upgrade`, pinned versions stay as long as pyproject.toml allows them. Needs `uv`, which
requirements-dev.txt installs. The result works for every Python from 3.11 on and every platform (`--universal`).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEADER = "# Compiled from pyproject.toml by `python tools/requirements.py`; edit that file instead.\n"


def compile_into(name: str, *options: str) -> None:
    """Write one requirements file next to pyproject.toml."""
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv) if uv.exists() else shutil.which("uv") or "uv", "pip", "compile", "--universal", "--quiet"]
    command += ["--python-version", "3.11", "--no-header", "--annotation-style", "line", "--no-emit-index-url"]
    subprocess.run([*command, *options, "pyproject.toml", "-o", name], check=True, cwd=ROOT)
    path = ROOT / name
    path.write_text(HEADER + path.read_text(encoding="utf-8").removeprefix(HEADER), encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Compile both files; arguments are passed to `uv pip compile`, for example `--upgrade`."""
    compile_into("requirements.txt", *arguments)
    compile_into("requirements-dev.txt", "-c", "requirements.txt", "--group", "dev", *arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
