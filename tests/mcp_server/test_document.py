"""docs/agents.md: every configuration connects, every command runs, every table is complete."""

from __future__ import annotations

import base64
import io
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml
from mcp import Client, StdioServerParameters
from PIL import Image

from bench.processes import clean_environment
from kaimedia.mcp_server.server import make_server
from kaimedia.studio.tokens import LOCAL_AGENT_ID
from tests.api_docs.sessions import run, steps
from tests.conftest import ROOT
from tests.e2e.conftest import App, start_app, stop_app
from tests.mcp_server.conftest import QUICK, answer_of, over_http, over_stdio, talk

pytestmark = pytest.mark.xdist_group("mcp-document")
PAGE = ROOT / "docs" / "agents.md"
TEXT = PAGE.read_text(encoding="utf-8")
TOKEN = "a-token-of-the-documents-0123456789"
SHOWN_URL, SHOWN_FOLDER, SHOWN_TOKEN = "http://127.0.0.1:8501", "/home/ada/kaimedia", "kaim_…"


def block(mark: str) -> str:
    """The code block after a mark."""
    (found,) = re.findall(rf"<!-- {mark} -->\n```\w+\n(.*?)```", TEXT, re.DOTALL)
    return str(found)


async def models(client: Client) -> int:
    return int(answer_of(await client.call_tool("list_models", {"limit": 1}))["total"])


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    running = start_app(tmp_path_factory.mktemp("app"), KAIMEDIA_API_TOKEN=TOKEN, **QUICK)
    yield running
    stop_app(running)


def started(command: str, arguments: list[str], environment: dict[str, str], folder: Path) -> StdioServerParameters:
    """The documented command, with this interpreter and checkout, started in another folder."""
    assert command == f"{SHOWN_FOLDER}/.venv/bin/python" and environment == {"PYTHONPATH": SHOWN_FOLDER}
    settings = over_stdio(folder).env or {}
    return StdioServerParameters(
        command=sys.executable, args=arguments, env={**settings, "PYTHONPATH": str(ROOT)}, cwd=folder
    )


@pytest.mark.slow
def test_the_configurations_over_stdio(tmp_path: Path) -> None:
    """Of Claude Desktop, and the command of Claude Code: both start the same, which answers."""
    server = json.loads(block("config: stdio"))["mcpServers"]["kaimedia"]
    desktop = started(server["command"], server["args"], server["env"], tmp_path)
    options, _, command = block("command: stdio").partition(" -- ")
    name, value = re.findall(r"--env (\w+)=(\S+)", options)[0]
    program, *arguments = shlex.split(command)
    assert started(program, arguments, {name: value}, tmp_path) == desktop
    assert talk(desktop, models) > 50


@pytest.mark.slow
def test_the_configurations_over_http(app: App) -> None:
    """Of Cursor and LibreChat, and the command of Claude Code: the same address and token, which answer."""
    text = block("config: http").replace(SHOWN_URL, app.url).replace(SHOWN_TOKEN, TOKEN)
    cursor = json.loads(text)["mcpServers"]["kaimedia"]
    text = block("config: librechat").replace(SHOWN_URL, app.url).replace("${LIBRECHAT_MCP_TOKEN}", TOKEN)
    librechat = yaml.safe_load(text)["mcpServers"]["kaimedia"]
    assert librechat["type"] == "streamable-http"
    words = shlex.split(block("command: http").replace("$TOKEN", TOKEN).replace(SHOWN_URL, app.url))
    name, _, value = words[words.index("--header") + 1].partition(": ")
    url = next(word for word in words if word.startswith(app.url))
    assert (librechat["url"], librechat["headers"]) == (cursor["url"], cursor["headers"]) == (url, {name: value})
    assert talk(over_http(url.removesuffix("/mcp"), {name: value}), models) > 50


@pytest.mark.slow
def test_the_lines_for_openai_s_client(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    Image.new("RGB", (256, 256), "navy").save(out, "PNG")
    (tmp_path / "boat.png").write_bytes(out.getvalue())
    monkeypatch.chdir(tmp_path)
    known: dict[str, Any] = {"TOKEN": TOKEN}
    exec(block("code: openai").replace(SHOWN_URL, app.url), known)
    for made in (known["made"], known["edited"]):
        assert Image.open(io.BytesIO(base64.b64decode(made.data[0].b64_json))).width
    known["client"].close()


@pytest.mark.slow
def test_the_session(tmp_path: Path) -> None:
    environment = clean_environment(KAIMEDIA_DATA=str(tmp_path / "data"), PYTHONPATH=str(ROOT))
    environment["KAIMEDIA_DATABASE_URL"] = f"sqlite:///{tmp_path / 'k.db'}"
    run(steps(PAGE, "session: agents"), tmp_path, environment, {})
    assert f"--token {LOCAL_AGENT_ID}" in TEXT


def test_every_tool_is_in_the_table() -> None:
    async def names(client: Client) -> set[str]:
        return {tool.name for tool in (await client.list_tools()).tools}

    table = TEXT.partition("## What an agent can do")[2].partition("\n\nThe generating")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == talk(make_server(_nobody), names)


def _nobody(_context: object) -> NoReturn:
    raise AssertionError("listing tools needs no caller")


def test_the_page_start_does_not_pay_for_it() -> None:
    code = "import sys, app; print([name for name in sys.modules if name.split('.')[0] in ('mcp', 'mcp_types')])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().splitlines()[-1] == "[]"
