"""docs/api.md and docs/commands.md: every command runs, every table matches the app."""

from __future__ import annotations

import argparse
import json
import re
import runpy
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.processes import clean_environment
from kaimedia.cli import options
from kaimedia.cli.exits import Exit
from tests.api_docs.sessions import run, steps
from tests.conftest import ROOT
from tests.e2e.conftest import App, start_app, stop_app

API = ROOT / "docs" / "api.md"
COMMANDS = ROOT / "docs" / "commands.md"
SHOWN = "http://127.0.0.1:8501"
TOKEN = "a-token-of-the-documents-0123456789"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    running = start_app(tmp_path_factory.mktemp("documents"), KAIMEDIA_SANDBOX_SPEED="20", KAIMEDIA_POLL_S="0.3")
    yield running
    stop_app(running)


def test_the_session_from_first_call_to_file(app: App, tmp_path: Path) -> None:
    run(steps(API, "session"), tmp_path, clean_environment(), {SHOWN: app.url})
    for image in (tmp_path / "work").glob("*.png"):
        assert image.read_bytes().startswith(b"\x89PNG")


def test_the_python_example(app: App, tmp_path: Path) -> None:
    (code,) = re.findall(r"<!-- python -->\n```python\n(.*?)```", API.read_text(encoding="utf-8"), re.DOTALL)
    command = [sys.executable, "-c", code.replace(SHOWN, app.url)]
    subprocess.run(command, cwd=tmp_path, env=clean_environment(), check=True, timeout=60)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lighthouse-1.png", "lighthouse-2.png"]


def test_the_session_with_a_token(tmp_path: Path) -> None:
    app = start_app(tmp_path / "app", KAIMEDIA_API_TOKEN=TOKEN)
    try:
        run(steps(API, "session: token"), tmp_path, clean_environment(TOKEN=TOKEN), {SHOWN: app.url})
    finally:
        stop_app(app)
    assert TOKEN not in (tmp_path / "app" / "app.log").read_text()


@pytest.mark.parametrize("mark", ["session: commands", "session: actions", "session: gallery"])
def test_the_sessions_of_the_command_line(tmp_path: Path, mark: str) -> None:
    environment = clean_environment(
        KAIMEDIA_DATA=str(tmp_path / "data"),
        KAIMEDIA_MEDIA_URL=str(tmp_path / "media"),
        KAIMEDIA_DATABASE_URL=f"sqlite:///{tmp_path / 'k.db'}",
        KAIMEDIA_SANDBOX_SPEED="60",
        KAIMEDIA_SANDBOX_MEDIA="small",
        KAIMEDIA_POLL_S="0.1",
        PYTHONPATH=str(ROOT),
    )
    run(steps(COMMANDS, mark), tmp_path, environment, {})


@pytest.fixture(scope="module")
def openapi(app: App) -> dict[str, Any]:
    with urllib.request.urlopen(f"{app.url}/api/openapi.json") as answer:
        document: dict[str, Any] = json.load(answer)
        return document


@pytest.mark.parametrize("name", ["routes", "requests", "documents"])
def test_tables_are_what_the_app_says(openapi: dict[str, Any], name: str) -> None:
    space = runpy.run_path(str(ROOT / "docs" / "api_reference.py"))
    page = API.read_text(encoding="utf-8")
    assert space["section"](name, page) == f"\n{space['TABLES'][name](openapi)}\n", "run docs/api_reference.py"


def test_every_route_of_the_text_exists(openapi: dict[str, Any]) -> None:
    known = {re.sub(r"\{[^}]*\}", "x", path) for path in openapi["paths"]} | {"/api/docs", "/api/openapi.json"}
    text = re.sub(r"<!-- routes -->.*<!-- /routes -->", "", API.read_text(encoding="utf-8"), flags=re.DOTALL)
    named = set(re.findall(r"/api/[a-z/.]+[a-z](?:/\{[a-z_]+\})*", text))
    assert named and {re.sub(r"\{[^}]*\}", "x", path) for path in named} <= known


def test_the_exit_codes_are_those_of_the_code() -> None:
    codes = re.findall(r"^\| (\d+) \|", COMMANDS.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(code) for code in codes] == [code.value for code in Exit]
    documented = [int(code) for code in re.findall(r"(?:^exit codes: |· |\n +)(\d+) ", options.CODES)]
    assert documented == [code.value for code in Exit]


def test_every_command_is_in_the_document() -> None:
    text = COMMANDS.read_text(encoding="utf-8")
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    options.add_commands(commands)
    for name in (*commands.choices, "doctor", "worker", "sandbox"):
        assert f"| `{name}" in text
