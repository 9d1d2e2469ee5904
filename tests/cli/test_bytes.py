"""Invalid bytes, file names and time zones on the command line: rejected before anything is sent."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.processes import clean_environment
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.cli.conftest import Cli, sandbox_tasks
from tests.conftest import ROOT


def run(place: dict[str, str], *arguments: str | bytes, stdin: bytes = b"", **more: str) -> tuple[int, str]:
    """Run the command as a process, so that arguments can be raw bytes."""
    command = [sys.executable, "-m", "kaimedia", *arguments]
    found = subprocess.run(
        command, input=stdin, capture_output=True, cwd=ROOT, env=clean_environment(**{**place, **more}), timeout=120
    )
    return found.returncode, (found.stdout + found.stderr).decode()


@pytest.mark.parametrize("language", [pytest.param("C.UTF-8", marks=pytest.mark.exhaustive), "C"])
def test_a_broken_byte_is_refused_in_arguments_and_stdin(
    place: dict[str, str], sandbox: EmbeddedSandbox, language: str
) -> None:
    code, result = run(place, "generate", b"a caf\xe9", "--wait", LC_ALL=language)
    assert code == 2 and "The prompt contains a byte that is not UTF-8 at character 6." in result, result
    code, result = run(place, "generate", "-", "--wait", stdin=b"a caf\xe9", LC_ALL=language)
    assert code == 2 and "UTF-8" in result, result
    code, result = run(place, "generate", "-", "--wait", "--json", stdin="a b".encode("utf-16"), LC_ALL=language)
    assert code == 2 and '"field": "prompt"' in result, result
    assert sandbox_tasks(sandbox) == []


def test_text_of_any_script_passes_stdin_whole(place: dict[str, str], sandbox: EmbeddedSandbox) -> None:
    code, result = run(
        place, "generate", "-", "--wait", "--json", stdin="\ufeffein Café 日本\n".encode(), LC_ALL="C.UTF-8"
    )
    assert code == 0 and '"prompt": "ein Café 日本"' in result, result
    assert len(sandbox_tasks(sandbox)) == 1


@pytest.mark.parametrize("option", ["watermark=a\x07b", "watermark=\udce9"])
def test_the_models_own_fields_too(cli: Cli, sandbox: EmbeddedSandbox, option: str) -> None:
    refused = cli("generate", "a kite", "-m", "veo3_fast", "--set", option, "--json")
    assert refused.code == 2 and refused.document["error"]["field"] == "watermark"
    assert sandbox_tasks(sandbox) == []


@pytest.mark.parametrize(
    "name", ["x" * 252 + ".png", "é" * 128 + ".png", "a\0b.png", "x" * 250, "/".join(["deep"] * 3) + "/x.png"]
)
def test_a_name_that_cannot_be_written_is_refused_before_anything_is_sent(
    cli: Cli, sandbox: EmbeddedSandbox, tmp_path: Path, name: str
) -> None:
    refused = cli(
        "generate", "boats", "-n", "2" if len(name) == 250 else "1", "-o", str(tmp_path / "out" / name), "--json"
    )
    assert refused.code == 2 and refused.document["error"]["field"] == "output"
    (tmp_path / "out").mkdir()
    again = cli(
        "generate", "boats", "-n", "4" if len(name) == 250 else "1", "-o", str(tmp_path / "out" / name), "--json"
    )
    if len(name) == 250:  # it fits, also with a number appended
        assert again.code == 0 and len(list((tmp_path / "out").iterdir())) == 4
    else:
        assert again.code == 2 and again.document["error"]["field"] == "output" and sandbox_tasks(sandbox) == []
        assert list((tmp_path / "out").iterdir()) == []


def test_a_name_of_249_bytes_is_written_whole(cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / ("n" * 245 + ".png")
    made = cli("generate", "a boat", "-o", str(target))
    assert made.code == 0 and target.stat().st_size > 0
    assert not list(tmp_path.glob(".kaimedia-*"))


@pytest.fixture
def tokyo() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    yield
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("tokyo")
def test_times_are_local_with_their_offset_and_utc_in_json(cli: Cli) -> None:
    task_id = cli("generate", "a boat", "--json").document["task_id"]
    at = cli("list", "--json").document["items"][0]["created_at"]
    assert at.endswith("Z")
    hour = (int(at[11:13]) + 9) % 24
    assert f" {hour:02}:{at[14:16]} +0900" in cli("list").out
    assert f" {hour:02}:{at[14:16]} +0900" in cli("get", task_id).out
