"""Run the shell sessions of a document in one shell and compare the output with the document."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.api_docs import commands
from tests.conftest import ROOT

END = "@@end@@"


@dataclass(frozen=True)
class Step:
    """A command and its documented output; `…` stands for anything."""

    command: str
    expected: str

    def fits(self, printed: str) -> bool:
        """Whether the output matches."""
        parts = [re.escape(part) for part in self.expected.strip("\n").split("…")]
        return re.fullmatch(".*?".join(parts), printed.strip("\n"), re.DOTALL) is not None


def steps(page: Path, mark: str) -> list[Step]:
    """The commands of all blocks of a page that follow `<!-- mark -->`, in order."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(rf"<!-- {re.escape(mark)} -->\n```console\n(.*?)```", text, re.DOTALL)
    assert blocks, f"{page.name} has no session {mark}"
    found: list[Step] = []
    for block in blocks:
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = part.splitlines()
            n_command = 1
            while lines[n_command - 1].endswith("\\"):
                assert lines[n_command].startswith("> "), lines[n_command]
                n_command += 1
            command = "\n".join(line.removeprefix("> ") for line in lines[:n_command])
            found.append(Step(command, "\n".join(lines[n_command:])))
    return found


@contextmanager
def _python(folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """`python` in `folder`: this interpreter, whose commands of the app start quickly."""
    python, place = folder / "python", folder / "socket"
    script = f'"{sys.executable}" -I -S "{commands.__file__}" run "{place}" "{sys.executable}" "$@"'
    python.write_text(f"#!/bin/sh\nexec {script}\n")
    python.chmod(0o755)
    command = [sys.executable, commands.__file__, "serve", str(place)]
    with subprocess.Popen(
        command, cwd=folder, env={**environment, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE
    ) as server:
        try:
            assert server.stdout and server.stdout.readline() == b"serving\n"
            yield
        finally:
            server.terminate()


def run(found: list[Step], folder: Path, environment: Mapping[str, str], replace: Mapping[str, str]) -> None:
    """Run the steps one after another in one shell in `folder`; fail at the first with different output."""
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    (folder / "work").mkdir()
    script = ["exec 2>&1"]
    for step in found:
        # The exit code is carried over the mark, so that `echo $?` shows it.
        script.append(f'{_replaced(step.command, replace)}\n_code=$?; printf "%s\\n" "{END}"; (exit $_code)')
    path = f"{folder / 'bin'}:{environment['PATH']}"
    own = {**environment, "PATH": path, "LC_ALL": "C.UTF-8"}
    with _python(folder / "bin", own):
        shell = subprocess.run(
            ["sh", "-c", "\n".join(script)],
            cwd=folder / "work",
            env=own,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
    printed = shell.stdout.split(f"{END}\n")
    for number, step in enumerate(found):
        assert number < len(printed) - 1, f"the shell ended before: {step.command}\n{shell.stderr}"
        shown = Step(step.command, _replaced(step.expected, replace))
        assert shown.fits(printed[number]), (
            f"$ {step.command}\n{printed[number]}\n--- the document says\n{shown.expected}"
        )


def _replaced(text: str, replace: Mapping[str, str]) -> str:
    for old, new in replace.items():
        text = text.replace(old, new)
    return text
